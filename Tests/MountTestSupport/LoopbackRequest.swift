import Foundation
import Glibc
import LinuxIO

/// One HTTP request to a server on this machine, without a program of its own: starting one takes longer than the request, and
/// a child process has copies of all descriptors for a moment.
enum LoopbackRequest {
    /// - Returns: the body of a response of status 2xx.
    static func send(_ method: String, _ path: String, body: String = "", toPort port: Int) throws -> Data {
        let connection = try connect(port)
        let head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        try write(Array((head + body).utf8), to: connection)
        let answer = try readToEnd(connection)
        guard let gap = answer.firstRange(of: Data("\r\n\r\n".utf8)) else {
            throw Failed(description: "\(method) \(path): no response")
        }
        let lines = String(decoding: answer[..<gap.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first, status.hasPrefix("2") else {
            throw Failed(description: "\(method) \(path): \(lines.first ?? "")")
        }
        if lines.contains(where: { $0.lowercased().hasPrefix("transfer-encoding:") }) {
            throw Failed(description: "\(method) \(path): the response comes in chunks, which this client does not read")
        }
        return answer[gap.upperBound...]
    }

    private static func connect(_ port: Int) throws -> Descriptor {
        let connection = Descriptor(owning: socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(connection.rawValue, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try Errno.check(status)
        return connection
    }

    private static func write(_ bytes: [UInt8], to connection: borrowing Descriptor) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(connection.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            rest = rest.dropFirst(Int(try Errno.check(count)))
        }
    }

    private static func readToEnd(_ connection: borrowing Descriptor) throws -> Data {
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Int(try Errno.check(recv(connection.rawValue, &buffer, buffer.count, 0)))
            if count == 0 { return answer }
            answer += buffer[..<count]
        }
    }
}
