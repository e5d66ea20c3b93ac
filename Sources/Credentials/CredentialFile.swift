import Foundation
import Glibc

/// Reads a file of secrets, and refuses one that others can read, too.
public enum CredentialFile {
    /// A credential file holds a key and a few names; anything longer is another file.
    static let bytesMax = 1 << 20

    public static func read(_ path: String) throws(CredentialsError) -> Data {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw CredentialsError("the credential file \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try check(descriptor, path)
        do {
            return try handle.readToEnd() ?? Data()
        } catch {
            throw CredentialsError("the credential file \(path) cannot be read")
        }
    }

    private static func check(_ descriptor: Int32, _ path: String) throws(CredentialsError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw CredentialsError("the credential file \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= bytesMax else {
            throw CredentialsError("\(path) is not a credential file")
        }
        guard status.st_mode & (S_IRGRP | S_IROTH) == 0 else {
            throw CredentialsError("the credential file \(path) can be read by other users; make it yours alone with: chmod 600 \(path)")
        }
    }
}
