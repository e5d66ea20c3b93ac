import ArgumentParser

/// Commands of the interface that a later version brings. They are refused by name, whatever their arguments are.
protocol LaterCommand: ParsableCommand {
    static var name: String { get }
    var rest: [String] { get }
}

extension LaterCommand {
    func run() throws {
        throw CommandFailure.notBuilt("the command '\(Self.name)'")
    }
}

struct LimitCommand: LaterCommand {
    static let name = "limit"
    static let configuration = CommandConfiguration(commandName: name, abstract: "Change the bandwidth limit. Not supported yet.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var rest: [String] = []
}

struct DrainCommand: LaterCommand {
    static let name = "drain"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Upload what is pending, without a mount. Not supported yet.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var rest: [String] = []
}
