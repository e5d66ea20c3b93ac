/// The service's rules for the names of files and folders.
enum BoxName {
    static let lengthMax = 255

    /// - Throws: `BoxError` where the service has no such name.
    static func check(_ name: String) throws {
        guard name.count <= lengthMax else {
            throw BoxError(400, "item_name_too_long", "Item name too long")
        }
        let isPlain = name.unicodeScalars.allSatisfy { $0 != "/" && $0 != "\\" && $0.value >= 0x20 && $0.value != 0x7F }
        guard isPlain, !name.isEmpty, name != ".", name != "..", name.last != " ", name.first != " " else {
            throw BoxError(400, "item_name_invalid", "Item name invalid")
        }
    }

    /// Names that differ in this differ for the service; in nothing else.
    static func folded(_ name: String) -> String { name.lowercased() }
}
