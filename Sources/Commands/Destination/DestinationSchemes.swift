import UploadCore
import Backends
import Credentials
import HTTPTransport

/// Every kind of destination.
enum DestinationSchemes {
    static let all: [DestinationScheme] = [.googleStorage, .googleDrive, .mediaMethod, .box, .huaweiOBS]

    /// Schemes that are planned but not built yet. They are refused by name.
    static let planned = ["s3", "tus+https", "tus+http"]

    /// The scheme of a destination's URL.
    static func scheme(of url: String) throws(CommandFailure) -> DestinationScheme {
        guard let separator = url.unicodeScalars.firstRange(of: "://".unicodeScalars) else {
            throw CommandFailure(.usage, "the destination '\(url.printable)' is not a URL; a destination looks like gs://BUCKET/PREFIX")
        }
        let name = url[..<separator.lowerBound].lowercased()
        if let scheme = all.first(where: { $0.names.contains(name) }) { return scheme }
        if planned.contains(name) { throw .notBuilt("the destination scheme \(name)://") }
        let forms = all.map(\.form).joined(separator: ", ")
        throw CommandFailure(.usage, "the destination '\(url.printable)' has an unknown scheme; valid forms are \(forms)")
    }
}

extension DestinationScheme {
    /// The destination that a user asked for.
    func destination(_ request: DestinationRequest) throws(CommandFailure) -> ResolvedDestination {
        var request = request
        request.parallelParts = request.settings.parallelParts ?? parallelParts
        var destination: ResolvedDestination
        do {
            destination = try resolve(request)
        } catch {
            throw CommandFailure(destination: error)
        }
        destination.parallelParts = request.parallelParts
        if let sizes = request.parallelParts > 1 ? partSizesInParallel ?? partSizes : partSizes {
            if let size = request.settings.chunkSize { try sizes.check(size, for: serviceName) }
            destination.chunkSize = destination.partSizeChosen ?? request.settings.chunkSize ?? sizes.usual
        }
        return destination
    }
}

extension ResolvedDestination {
    func backend(over transport: any HTTPTransport) throws(CommandFailure) -> any CheckableBackend {
        do {
            return try open(transport)
        } catch {
            throw CommandFailure(destination: error)
        }
    }
}

extension CommandFailure {
    /// What a scheme threw, as it is reported.
    fileprivate init(destination error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as DestinationError: self.init(.usage, error.sentence.printable)
        case let error as CredentialsError: self.init(.configuration, error.sentence.printable)
        case let problem as OptionValue.Problem: self.init(.usage, "an option \(problem.text)")
        default: self.init(.software, "the destination cannot be read: \("\(error)".printable)")
        }
    }
}
