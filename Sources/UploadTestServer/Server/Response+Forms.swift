import Foundation
import HTTPTypes
import Hummingbird

/// The forms of a response that all protocols use.
extension Response {
    static func json(_ document: JSONValue, status: Int = 200) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        do {
            let body = ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(document)))
            return Response(status: .init(code: status), headers: [.contentType: "application/json; charset=UTF-8"], body: body)
        } catch {
            return .text("\(error)\n", status: 500)
        }
    }

    static func text(_ text: String, status: Int, type: String = "text/plain") -> Response {
        Response(status: .init(code: status), headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// With one more header, which has no constant of its own. A name that is no header name is left out.
    func adding(_ name: String, _ value: String) -> Response {
        var response = self
        if let name = HTTPField.Name(name) { response.headers[name] = value }
        return response
    }
}
