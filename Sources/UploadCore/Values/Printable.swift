/// Text of foreign origin, file names and what servers send, on its way to a terminal or into a log.
extension String {
    /// The text without what a terminal would obey or a reader be deceived by: control characters (C0, C1 and DEL), line and
    /// paragraph separators, and what changes the direction of writing each become a question mark.
    package var printable: String {
        // Most text has none of them.
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isUnprintable ? "?" : $0 }))
    }

    /// JSON text with escapes in place of what `printable` replaces. Foundation escapes the control characters of ASCII only.
    package var escapingUnprintableJSON: String {
        guard unicodeScalars.contains(where: { $0.isUnprintable && $0.value > 0x20 }) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isUnprintable, scalar.value > 0x20 {
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension Unicode.Scalar {
    /// None of these is above U+FFFF.
    package var isUnprintable: Bool {
        if isASCII { return value < 0x20 || value == 0x7F }
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return true
        default: return properties.isBidiControl
        }
    }
}
