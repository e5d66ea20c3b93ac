import Foundation

/// What an intent does to the files, with and without content.
extension Drive {
    func admit(_ intent: DriveIntent, length: Int64?) throws {
        if intent.isUpdate {
            let file = try visible(intent.id ?? "", withSharedDrives: intent.supportsAllDrives)
            guard !file.isFolder || length == nil else { throw GoogleError(403, "fileNotDownloadable", "A folder has no content.") }
        } else {
            _ = try folder(intent.parent ?? "root", intent)
            if let id = intent.id { try refuse(id) }
        }
    }

    /// An id that the client chose has to be one of ours, and free.
    private func refuse(_ id: String) throws {
        guard DriveID.isGenerated(id) else { throw GoogleError.badRequest("The provided file ID is not usable.") }
        try DriveTree.refuseExisting(tree[id]?.record)
    }

    private func folder(_ id: String, _ intent: DriveIntent) throws -> DriveItem {
        let folder = try visible(id, withSharedDrives: intent.supportsAllDrives)
        guard folder.isFolder else { throw GoogleError(403, "parentNotAFolder", "The specified parent is not a folder.") }
        return folder
    }

    /// The fields of a file that is to be made.
    func newFields(_ intent: DriveIntent) throws -> [String: JSONValue] {
        let parent = try folder(intent.parent ?? "root", intent)
        var fields = intent.metadata.filter { $0.value != .null }
        let now = JSONValue.string(ObjectRecord.now())
        fields["name"] = fields["name"] ?? "Untitled"
        fields["parents"] = [.string(parent.id)]
        fields["driveId"] = parent.driveID.map { .string($0) }
        fields["createdTime"] = fields["createdTime"] ?? now
        fields["modifiedTime"] = fields["modifiedTime"] ?? now
        return fields
    }

    /// The fields of a file after a change.
    func changedFields(_ file: DriveItem, _ intent: DriveIntent) throws -> [String: JSONValue] {
        var fields = JSONValue.object(file.record.fields).merging(.object(intent.metadata)).object ?? [:]
        fields["modifiedTime"] = intent.metadata["modifiedTime"] ?? .string(ObjectRecord.now())
        guard !intent.addParents.isEmpty || !intent.removeParents.isEmpty else { return fields }
        let kept = [file.parent].compactMap { $0 }.filter { !intent.removeParents.contains($0) && !intent.addParents.contains($0) }
        let parents = kept + intent.addParents
        guard let parent = parents.first, parents.count == 1 else {
            throw GoogleError(403, "cannotAddParent", "Increasing the number of parents is not allowed.")
        }
        fields["parents"] = [.string(parent)]
        fields["driveId"] = try folder(parent, intent).driveID.map { .string($0) }
        return fields
    }

    /// Changes a file from what it was read as, again where another request came between reading and writing it.
    func replacing(_ intent: DriveIntent, _ change: (DriveItem) throws -> ObjectRecord?) throws -> ObjectRecord {
        while true {
            let file = try visible(intent.id ?? "", withSharedDrives: intent.supportsAllDrives)
            do {
                guard let record = try change(file) else { throw GoogleError.noFile(file.id) }
                return record
            } catch is ChangedMeanwhile { continue }
        }
    }
}

/// Another request changed the file.
struct ChangedMeanwhile: Error {}

extension DriveItem {
    /// - Parameter current: the object as it is now, seen while no one else can change it.
    func check(_ current: ObjectRecord?) throws {
        guard current?.generation == record.generation, current?.metageneration == record.metageneration else { throw ChangedMeanwhile() }
    }
}
