import Testing

@testable import Backends

@Suite struct XMLReaderTests {
    private func read(_ text: String) throws -> XMLElement { try XMLReader.read(text.utf8) }

    @Test func elementsTextAndNamespaces() throws {
        let root = try read(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <n:List xmlns:n='http://example/"' a = "1>2"><n:Item>a &amp; b&#x21;&#33;</n:Item><Empty/><Item><![CDATA[<c>]]></Item></n:List>
            """)
        #expect(root.name == "List")
        #expect(root.all("Item").map(\.text) == ["a & b!!", "<c>"])
        #expect(root["Empty"] == "" && root["Nothing"] == nil)
    }

    @Test func whatIsWrittenIsRead() throws {
        let element = XMLElement("A", children: [XMLElement("B", "x < \"y\" & z > ü"), XMLElement("B", "")])
        #expect(try read(element.serialized) == element)
    }

    @Test(arguments: [
        "", "text", "<a>", "<a></b>", "<a><b></a></b>", "<a/><b/>", "<a>&unknown;</a>", "<a>&#xD800;</a>", "<a b></a>", "<a b=c/>", "<a>&amp</a>",
        "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", "<a><![CDATA[</a>", "< a/>", "<a/>trailing", "{\"error\": 1}",
    ])
    func whatIsNoDocumentIsRefused(_ text: String) {
        #expect(throws: XMLReader.Malformed.self) { try read(text) }
    }

    @Test func depthHasABound() {
        let deep = String(repeating: "<a>", count: 10_000) + String(repeating: "</a>", count: 10_000)
        #expect(throws: XMLReader.Malformed.self) { try read(deep) }
    }
}
