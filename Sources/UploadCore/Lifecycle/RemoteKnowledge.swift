/// What is known of the key before an upload: decides what the upload may overwrite.
///
/// Kept with the checkpoint, so that a restart is bound by what the first contact saw and cannot overwrite what someone
/// else put there since.
public enum RemoteKnowledge: Sendable, Equatable, Codable {
    /// No one has looked yet.
    case unknown
    /// Nothing was there.
    case absent
    /// This version was there: an upload of ours, or what the first contact found.
    case version(String)

    /// The condition under which the object may be created. Who has not looked yet expects nothing to be there: that costs
    /// no request when it is true, and changes nothing when it is false.
    package var precondition: Precondition {
        switch self {
        case .unknown, .absent: .absent
        case .version(let version): .version(version)
        }
    }
}

extension RemoteKnowledge {
    /// As the checkpoint stores it; nil for `unknown`.
    public var stored: String? {
        switch self {
        case .unknown: nil
        case .absent: ""
        case .version(let version): version
        }
    }

    public init(stored: String?) {
        switch stored {
        case nil: self = .unknown
        case "": self = .absent
        case .some(let version): self = .version(version)
        }
    }
}
