import Foundation
import NIOSSL

/// The certificates that a server's certificate has to lead back to: the system's, or those that the environment names.
///
/// `SSL_CERT_FILE` (a file of certificates in PEM form) and `SSL_CERT_DIR` (directories of such files, with colons between them)
/// take the place of the system's, as in OpenSSL, curl and Go.
public struct TrustRoots: Sendable, Equatable {
    /// Empty for the system's.
    let certificates: [NIOSSLCertificate]

    /// What the system trusts.
    public static let system = TrustRoots(certificates: [])

    private init(certificates: [NIOSSLCertificate]) {
        self.certificates = certificates
    }

    /// - Throws: where a variable names a file or directory that cannot be used; with the system's certificates instead, no server
    ///   could be trusted that the variable was set for.
    public init(environment: [String: String]) throws(TransportConfigurationError) {
        var certificates: [NIOSSLCertificate] = []
        if let file = environment["SSL_CERT_FILE"], !file.isEmpty {
            certificates = Self.certificates(in: file)
            guard !certificates.isEmpty else {
                throw TransportConfigurationError(
                    "SSL_CERT_FILE names \(file), which cannot be read as a file of certificates in PEM form; correct or unset it")
            }
        }
        for directory in (environment["SSL_CERT_DIR"] ?? "").split(separator: ":").map(String.init) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            let found = names.sorted().flatMap { Self.certificates(in: "\(directory)/\($0)") }
            guard !found.isEmpty else {
                throw TransportConfigurationError(
                    "SSL_CERT_DIR names \(directory), which is not a directory of certificates in PEM form; correct or unset it")
            }
            certificates += found
        }
        // A directory has each certificate under its own name and under that of its hash.
        var known: Set<NIOSSLCertificate> = []
        self.certificates = certificates.filter { known.insert($0).inserted }
    }

    private static func certificates(in path: String) -> [NIOSSLCertificate] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else { return [] }
        return (try? NIOSSLCertificate.fromPEMFile(path)) ?? []
    }

    /// TLS 1.2 at least: earlier versions are deprecated (RFC 8996), and no service offers only those.
    var tlsConfiguration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if !certificates.isEmpty { configuration.trustRoots = .certificates(certificates) }
        return configuration
    }
}
