import ArgumentParser

/// `127.0.0.1:PORT`. The server asks no one who they are, so it listens on no address that others can reach.
struct ListenAddress: CustomStringConvertible {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init(parsing argument: String) throws {
        let colon = argument.lastIndex(of: ":") ?? argument.endIndex
        guard let port = UInt16(argument[colon...].dropFirst()) else {
            throw ValidationError("\(argument) has no port; write 127.0.0.1:0 for a free one.")
        }
        guard ["127.0.0.1", "localhost"].contains(argument[..<colon]) else {
            throw ValidationError("The test server listens on 127.0.0.1 only, not on \(argument[..<colon]): it accepts uploads from anyone.")
        }
        self.init(host: "127.0.0.1", port: Int(port))
    }

    var description: String { "\(host):\(port)" }
}
