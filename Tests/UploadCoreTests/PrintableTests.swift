import Foundation
import Testing

@testable import UploadCore

@Suite struct PrintableTests {
    @Test(arguments: [
        "\u{1B}[31m", "\r", "\n", "\0", "\u{7F}", "\u{85}", "\u{9B}31m", "\u{2028}", "\u{2029}", "\u{202E}", "\u{2066}", "\u{200F}", "\u{61C}",
    ])
    func nothingThatATerminalObeysIsLeft(_ text: String) throws {
        #expect("a\(text)b".printable.unicodeScalars.allSatisfy { !$0.isUnprintable })
        #expect("a\(text)b".printable.unicodeScalars.count == "a\(text)b".unicodeScalars.count)
        #expect(UploadError(.rejected, "the server says \(text)").sentence.contains(text) == false)
        let json = String(decoding: try JSONEncoder().encode([text]), as: UTF8.self).escapingUnprintableJSON
        #expect(json.unicodeScalars.allSatisfy { !$0.isUnprintable })
        #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
    }

    @Test(arguments: ["", "a b.txt", "é", "e\u{301}", "日本", "👩‍👩‍👧", "שלום", "\u{FEFF}"])
    func otherTextStays(_ text: String) {
        #expect(text.printable == text && text.escapingUnprintableJSON == text)
    }
}
