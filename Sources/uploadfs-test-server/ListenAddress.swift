import ArgumentParser

/// `127.0.0.1:PORT`. The server asks nobody who they are, so it listens on no address that others can reach.
struct ListenAddress: ExpressibleByArgument, CustomStringConvertible {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...]) else { return nil }
        let host = String(argument[..<colon])
        guard host == "127.0.0.1" || host == "localhost" else { return nil }
        self.init(host: "127.0.0.1", port: Int(port))
    }

    var description: String { "\(host):\(port)" }
    var defaultValueDescription: String { description }
}
