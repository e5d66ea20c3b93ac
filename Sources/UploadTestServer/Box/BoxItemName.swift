import Foundation

/// The service's rules for the names of files and folders.
enum BoxItemName {
    static let lengthMax = 255

    /// - Throws: `BoxError` where the service has no such name.
    static func check(_ name: String) throws {
        let scalars = name.unicodeScalars
        guard scalars.count <= lengthMax else {
            throw BoxError(400, "item_name_too_long", "Item name too long")
        }
        let isPlain = scalars.allSatisfy { $0 != "/" && $0 != "\\" && $0.value >= 0x20 && $0.value != 0x7F }
        guard isPlain, !name.isEmpty, name != ".", name != "..", scalars.last != " ", scalars.first != " " else {
            throw BoxError(400, "item_name_invalid", "Item name invalid")
        }
    }

    /// Names for which this is the same are one name for the service. It folds case, and knows nothing of Unicode forms.
    static func folded(_ name: String) -> NameBytes { NameBytes(name.lowercased()) }

    /// The form to which the name in a preflight check, or of a folder that is to be made, is converted before it is compared. The names
    /// that are there are not (community.box.com, "Upload Preflight Check applies one-directional NFKC normalization").
    static func normalized(_ name: String) -> String { name.precomposedStringWithCompatibilityMapping }
}
