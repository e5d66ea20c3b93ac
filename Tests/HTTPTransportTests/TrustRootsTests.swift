import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Testing
import UploadCore

@testable import HTTPTransport

/// Whom the transport trusts, against a server with a certificate of its own.
@Suite(.timeLimit(.minutes(20))) struct TrustRootsTests {
    private func withFiles(_ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("roots-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data(TestCertificate.certificate.utf8).write(to: directory.appendingPathComponent("root.pem"))
        try FileManager.default.createDirectory(at: directory.appendingPathComponent("empty"), withIntermediateDirectories: false)
        try Data("no certificate".utf8).write(to: directory.appendingPathComponent("other.pem"))
        try await body(directory)
    }

    @Test func aServerIsTrustedByTheCertificateOfTheEnvironment() async throws {
        try await withFiles { directory in
            // The name that `openssl rehash` gives the certificate; it counts once.
            let link = directory.appendingPathComponent("ce275665.0").path
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "root.pem")
            #expect(try TrustRoots(environment: ["SSL_CERT_DIR": directory.path]).certificates.count == 1)
            let environments = [
                ["SSL_CERT_FILE": directory.appendingPathComponent("root.pem").path], ["SSL_CERT_DIR": "\(directory.path):\(directory.path)"],
            ]
            try await TestCertificate.serve { url in
                for environment in environments {
                    try await withTransport(trustRoots: try TrustRoots(environment: environment)) { transport in
                        let answer = try await transport.send(HTTPRequest(.GET, url))
                        #expect(answer.status == .ok, "\(environment.keys)")
                    }
                }
                try await withTransport { transport in
                    let error = await #expect(throws: UploadError.self) { try await transport.send(HTTPRequest(.GET, url)) }
                    #expect(error?.code == .unreachable && error?.sentence.contains("certificate is not trusted") == true)
                }
            }
        }
    }

    @Test func aVariableThatCannotBeUsedIsNamed() async throws {
        try await withFiles { directory in
            for (name, path) in [
                ("SSL_CERT_FILE", "other.pem"), ("SSL_CERT_FILE", "missing.pem"), ("SSL_CERT_FILE", "."), ("SSL_CERT_DIR", "root.pem"),
                ("SSL_CERT_DIR", "missing"), ("SSL_CERT_DIR", "empty"),
            ] {
                let error = #expect(throws: TransportConfigurationError.self) {
                    try TrustRoots(environment: [name: directory.appendingPathComponent(path).path])
                }
                #expect(error?.sentence.hasPrefix("\(name) names \(directory.path)") == true)
            }
        }
    }

    @Test func withoutVariablesTheSystemsRootsCount() throws {
        #expect(try TrustRoots(environment: [:]) == .system)
        #expect(try TrustRoots(environment: ["SSL_CERT_FILE": "", "SSL_CERT_DIR": ""]) == .system)
        #expect(TrustRoots.system.tlsConfiguration.trustRoots == .default)
        #expect(TrustRoots.system.tlsConfiguration.minimumTLSVersion == .tlsv12)
    }
}

/// A certificate of this test and of nothing else, for localhost and 127.0.0.1, and a server that has it.
private enum TestCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmjCCAUGgAwIBAgIUOjKGbsPgc8vQE2SpjXUGusfU/MYwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODE5MjE1MVoYDzIxMjYxMTA0
        MTkyMTUxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASuq4j5I43rVmNTfsYc9Qh2igsTb1sKzr4yVCtbjNkGOJqgY+RfushR
        ZdF/vBKxx0BdU7sBsshjUzQKJ3K+cm+to28wbTAdBgNVHQ4EFgQUngpZj3Z1TP4s
        +gjnCwF69+Aiz1gwHwYDVR0jBBgwFoAUngpZj3Z1TP4s+gjnCwF69+Aiz1gwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDRwAwRAIgZBkWR25Yx3hc9T8z/n872soQTLqBUJggmj1lJWkK720CIHRH
        fccpotcW0FS2c43VI9UKX7ByelzLW69DzYJD4TKs
        -----END CERTIFICATE-----

        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1CWyLAfLseb4uFWj
        CdT2T2YcUCB2aMtpP+S73jkWwmKhRANCAASuq4j5I43rVmNTfsYc9Qh2igsTb1sK
        zr4yVCtbjNkGOJqgY+RfushRZdF/vBKxx0BdU7sBsshjUzQKJ3K+cm+t
        -----END PRIVATE KEY-----

        """

    /// Runs `body` with the URL of a server that answers each request with 200.
    static func serve(_ body: (String) async throws -> Void) async throws {
        let settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
        let context = try NIOSSLContext(configuration: settings)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(OKHandler())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<Void, any Error>
        do { result = .success(try await body("https://127.0.0.1:\(channel.localAddress?.port ?? 0)/")) } catch { result = .failure(error) }
        try await channel.close()
        try await group.shutdownGracefully()
        try result.get()
    }
}

private final class OKHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "0"]))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
