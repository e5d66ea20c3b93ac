import Foundation
import NIOSSL

/// The certificates that a server's certificate has to lead back to: the system's, or those that the environment names.
///
/// `SSL_CERT_FILE` (a file of certificates in PEM form) and `SSL_CERT_DIR` (directories of such files, with colons between them)
/// take the place of the system's, as in OpenSSL and curl.
public struct TrustRoots: Sendable, Equatable {
    /// The certificates of `SSL_CERT_FILE`.
    let certificates: [NIOSSLCertificate]
    let directories: [String]

    /// What the system trusts.
    public static let system = TrustRoots(certificates: [], directories: [])

    private init(certificates: [NIOSSLCertificate], directories: [String]) {
        self.certificates = certificates
        self.directories = directories
    }

    /// - Throws: where a variable names a file or directory that cannot be used; with the system's certificates instead, no server
    ///   could be trusted that the variable was set for.
    public init(environment: [String: String]) throws(TransportConfigurationError) {
        certificates = try Self.certificates(in: environment["SSL_CERT_FILE"] ?? "")
        directories = (environment["SSL_CERT_DIR"] ?? "").split(separator: ":").map(String.init)
        for directory in directories {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
                throw TransportConfigurationError("SSL_CERT_DIR names \(directory), which is not a directory; correct or unset it")
            }
        }
    }

    private static func certificates(in path: String) throws(TransportConfigurationError) -> [NIOSSLCertificate] {
        guard !path.isEmpty else { return [] }
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(path), !certificates.isEmpty else {
            throw TransportConfigurationError(
                "SSL_CERT_FILE names \(path), which cannot be read as a file of certificates in PEM form; correct or unset it")
        }
        return certificates
    }

    /// Nil for the system's.
    var tlsConfiguration: TLSConfiguration? {
        if certificates.isEmpty, directories.isEmpty { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(certificates)
        configuration.additionalTrustRoots = directories.map { .file($0) }
        return configuration
    }
}
