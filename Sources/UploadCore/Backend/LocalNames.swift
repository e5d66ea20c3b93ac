/// What a backend may ask about the files that it uploads.
///
/// A service that treats two names as one refuses the second. Whether both are names of files on this side, or one of them is
/// what a rename or a removal has left at the service so far, only this side knows.
public protocol LocalNames: Sendable {
    /// Whether there is a file or directory under a path below the mount.
    func exists(_ path: SpoolPath) -> Bool
}

/// A backend of a service that does not distinguish all names.
public protocol NameFoldingBackend: UploadBackend {
    /// Sets who is asked about the names on this side. Without it, a name that the service confuses with another one is refused.
    func use(_ names: any LocalNames)
}
