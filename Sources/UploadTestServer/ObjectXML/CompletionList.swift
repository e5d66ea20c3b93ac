import Foundation

/// The parts that a client wants the object to be made of.
struct CompletionList: Equatable {
    struct Entry: Equatable {
        let number: Int
        /// Without quotes.
        let etag: String
    }

    let entries: [Entry]

    /// Reads a `CompleteMultipartUpload` document, as far as it is needed: the numbers and ETags of its parts.
    init(_ body: Data) throws {
        let text = String(decoding: body, as: UTF8.self)
        guard let root = Self.content(of: "CompleteMultipartUpload", in: text[...]) else { throw ObjectXMLError.malformed }
        var entries: [Entry] = []
        var rest = root
        while let part = Self.content(of: "Part", in: rest) {
            guard let number = Self.content(of: "PartNumber", in: part).flatMap({ Int(Self.plain($0)) }),
                let etag = Self.content(of: "ETag", in: part)
            else { throw ObjectXMLError.malformed }
            entries.append(Entry(number: number, etag: Self.plain(etag).filter { $0 != "\"" }))
            rest = rest[part.endIndex...].dropFirst("</Part>".count)
        }
        self.entries = entries
    }

    /// What lies between the first start tag of that name, with or without attributes, and the next end tag.
    private static func content(of name: String, in text: Substring) -> Substring? {
        var rest = text
        while let start = rest.range(of: "<\(name)") {
            let behind = rest[start.upperBound...]
            if let next = behind.first, next == ">" || next.isWhitespace {
                guard let open = behind.firstIndex(of: ">"), let end = behind.range(of: "</\(name)>"), open < end.lowerBound else { return nil }
                return behind[behind.index(after: open)..<end.lowerBound]
            }
            rest = behind
        }
        return nil
    }

    private static func plain(_ text: Substring) -> String {
        var plain = text.trimmingCharacters(in: .whitespacesAndNewlines)
        for (reference, character) in [("&quot;", "\""), ("&#34;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")] {
            plain = plain.replacingOccurrences(of: reference, with: character)
        }
        return plain
    }
}
