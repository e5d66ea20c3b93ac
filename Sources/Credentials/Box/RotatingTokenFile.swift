import Foundation
import HTTPTransport
import Glibc
import LinuxIO
import UploadCore

/// A credential file whose `refresh_token` changes with each use. All else in it stays as it is.
struct RotatingTokenFile: Sendable {
    let path: String

    private var directory: String {
        let parents = path.pieces(at: "/").dropLast()
        return parents.isEmpty ? "." : parents.joined(separator: "/") + "/"
    }

    private var name: String { path.pieces(at: "/").last ?? path }

    /// The file, with no other process in it, until the value goes away.
    func lock() throws(UploadError) -> Lock {
        do throws(Errno) {
            let directory = try Descriptor.open(BytePath(directory), O_RDONLY | O_DIRECTORY)
            // A file of its own: the credential file is replaced by another one while the lock is held.
            let lock = try directory.open(BytePath(name + ".lock"), O_RDWR | O_CREAT, mode: 0o600)
            try lock.lockExclusively()
            return Lock(path: path, name: name, directory: directory, lock: lock)
        } catch {
            if error.code == EWOULDBLOCK { throw UploadError(.serverBusy, "another process renews the token of \(path)") }
            throw UploadError(.unauthenticated, "the directory of the credential file \(path) cannot be written: \(error)")
        }
    }

    final class Lock: Sendable {
        private let path: String
        private let name: String
        private let directory: Descriptor
        private let lock: Descriptor

        init(path: String, name: String, directory: consuming Descriptor, lock: consuming Descriptor) {
            self.path = path
            self.name = name
            self.directory = directory
            self.lock = lock
        }

        /// As the last process left it.
        func refreshToken() throws(UploadError) -> Secret {
            guard let token = try fields()["refresh_token"] as? String, !token.isEmpty else {
                throw UploadError(.unauthenticated, "the credential file \(path) no longer contains refresh_token")
            }
            return Secret(token)
        }

        /// Durable when it returns.
        func store(_ token: Secret) throws(UploadError) {
            do {
                var fields = try fields()
                fields["refresh_token"] = token.value
                let data = try JSONSerialization.data(withJSONObject: fields, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
                try directory.replaceDurably(name, with: String(decoding: data, as: UTF8.self) + "\n", mode: 0o600)
            } catch let error as UploadError {
                throw error
            } catch {
                throw UploadError(
                    .unauthenticated, "the next refresh token cannot be stored in \(path), and the one in it has been used up: \(error)")
            }
        }

        private func fields() throws(UploadError) -> [String: Any] {
            do {
                let data = try CredentialFile.read(path)
                if let fields = try JSONSerialization.jsonObject(with: data) as? [String: Any] { return fields }
            } catch let error as CredentialsError {
                throw UploadError(.unauthenticated, error.sentence)
            } catch {}
            throw UploadError(.unauthenticated, "the credential file \(path) is not valid JSON")
        }
    }
}
