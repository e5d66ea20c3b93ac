import UploadCore

/// Tests a destination step by step and prints the result of each step.
struct DestinationCheck {
    let destination: ResolvedDestination
    let backend: any CheckableBackend

    private static let width = 13

    /// - Returns: why the destination cannot be used; nil where it can.
    func run(print: (String) -> Void) async -> CommandFailure? {
        print(line("destination", "\(destination.url) at \(destination.endpoint)"))
        do throws(UploadError) {
            let found = try await backend.probeAccess()
            print(line("reachable", "yes"))
            print(line("credentials", "accepted: \(found)"))
        } catch {
            if error.isConnectionError {
                print(line("reachable", "no: \(error.sentence)"))
                print(line("credentials", "not tried"))
            } else {
                print(line("reachable", "yes"))
                print(line("credentials", error.isAboutCredentials ? "refused: \(error.sentence)" : "not known: \(error.sentence)"))
            }
            print(line("writing", "not tried"))
            return CommandFailure(check: error, of: destination)
        }
        do throws(UploadError) {
            let outcome = try await backend.probeWriting()
            print(line("writing", outcome.hasPrefix("not tried") ? outcome : "allowed: \(outcome)"))
        } catch {
            print(line("writing", "refused: \(error.sentence)"))
            return CommandFailure(check: error, of: destination)
        }
        print(line("limits", backend.limitsSummary))
        return nil
    }

    private func line(_ name: String, _ text: String) -> String {
        name.padded(to: Self.width) + text.printable
    }
}

extension UploadError {
    /// Whether there was no response, so that nothing is known of the service.
    fileprivate var isConnectionError: Bool { [.unreachable, .connectionLost, .timedOut].contains(code) }

    fileprivate var isAboutCredentials: Bool { disposition == .credentials }
}

extension CommandFailure {
    fileprivate init(check error: UploadError, of destination: ResolvedDestination) {
        let status: ExitStatus =
            switch error.code {
            case .unreachable, .connectionLost, .timedOut: .unavailable
            case .unauthenticated, .forbidden: .noPermission
            case .noSuchBucket: .noInput
            case .quotaExceeded: .cannotCreate
            case _ where error.disposition == .transient: .temporaryFailure
            default: .protocolError
            }
        self.init(status, "\(destination.url) cannot be used: \(error.sentence)".printable)
    }
}
