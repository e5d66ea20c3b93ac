import UploadCore

extension ObjectDescription {
    /// The content type goes into headers and into the framing of a multipart body, where a line break would begin another field.
    func checkContentType() throws(UploadError) {
        guard !contentType.isEmpty, contentType.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw UploadError(.rejected, "the content type of the file is invalid; set user.mime_type to a type such as text/plain")
        }
    }
}
