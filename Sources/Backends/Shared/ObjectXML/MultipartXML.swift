import struct Foundation.Date
import HTTPTransport
import NIOCore
import NIOHTTP1
import UploadCore

/// The documents of multipart uploads, in the form that S3 gave them and Huawei OBS and Cloud Storage took over. Pure.
enum MultipartXML {
    // MARK: Requests

    /// The parts that the object is to be made of, in ascending order.
    static func completion(_ parts: [PartReceipt]) -> ByteBuffer {
        let entries = parts.map { part in
            XMLElement("Part", children: [XMLElement("PartNumber", String(part.number)), XMLElement("ETag", part.token)])
        }
        return ByteBuffer(string: XMLElement("CompleteMultipartUpload", children: entries).serialized)
    }

    /// The query of a list of uploads whose key begins with `key`, but for `uploads` itself.
    static func listing(_ key: ObjectKey, after place: UploadsPage.Place?) -> [(name: String, value: String)] {
        [("prefix", key.text), ("max-uploads", "1000")] + (place.map { [("key-marker", $0.key.text), ("upload-id-marker", $0.id)] } ?? [])
    }

    // MARK: Responses

    static func uploadID(in response: HTTPResponse) throws(UploadError) -> String {
        guard let id = try document("InitiateMultipartUploadResult", response)["UploadId"], MultipartHandle.isValid(id) else {
            throw UploadError(.invalidResponse, "malformed response: the new upload has no usable id")
        }
        return id
    }

    /// One page of the list of parts.
    struct PartsPage: Equatable {
        struct Entry: Equatable {
            let number: Int
            let size: Int64
            let etag: String
        }

        let entries: [Entry]
        /// The number after which the next page begins; nil if this is the last one.
        let next: Int?

        /// Those of the entries whose number is one of the plan's; others cannot be parts of this object.
        func receipts(of handle: MultipartHandle, _ plan: NumberedPartPlan) -> [PartReceipt] {
            entries.filter { $0.number <= plan.count }.map { entry in
                PartReceipt(
                    number: entry.number, offset: plan.part(entry.number).offset, length: entry.size, token: entry.etag,
                    digest: handle.hasOpaqueTags ? nil : ETag.md5(entry.etag))
            }
        }
    }

    /// - Parameter marker: the number after which this page begins. Numbers rise from there, which no more than 10,000 can do.
    static func parts(in response: HTTPResponse, after marker: Int = 0) throws(UploadError) -> PartsPage {
        let list = try document("ListPartsResult", response)
        var entries: [PartsPage.Entry] = []
        for part in list.all("Part") {
            guard let number = part["PartNumber"].flatMap({ Int($0) }), (1...NumberedPartPlan.countMax).contains(number),
                let size = part["Size"].flatMap({ Int64($0) }), size >= 0,
                let etag = part["ETag"], !etag.isEmpty
            else { throw UploadError(.invalidResponse, "malformed response: the list of parts has an invalid entry") }
            guard number > entries.last?.number ?? marker else {
                throw UploadError(.invalidResponse, "malformed response: the list of parts is not in order, or does not advance")
            }
            entries.append(PartsPage.Entry(number: number, size: size, etag: ETag.opaque(etag)))
        }
        guard list["IsTruncated"]?.lowercased() == "true" else { return PartsPage(entries: entries, next: nil) }
        // Without progress the pages would never end.
        guard let next = list["NextPartNumberMarker"].flatMap({ Int($0) }) ?? entries.last?.number, next == entries.last?.number else {
            throw UploadError(.invalidResponse, "malformed response: the list of parts does not say where it continues")
        }
        return PartsPage(entries: entries, next: next)
    }

    /// One page of the list of uploads that have not been completed.
    struct UploadsPage: Equatable {
        struct Entry: Equatable {
            let key: ObjectKey
            let id: String
            /// When it was begun; nil where the service writes that otherwise than in RFC 3339.
            let initiated: Date?
        }

        /// The upload after which a page begins.
        struct Place: Equatable {
            let key: ObjectKey
            let id: String
        }

        let entries: [Entry]
        /// Where the next page begins; nil if this is the last one.
        let next: Place?
    }

    static func uploads(in response: HTTPResponse, after place: UploadsPage.Place?) throws(UploadError) -> UploadsPage {
        let list = try document("ListMultipartUploadsResult", response)
        var entries: [UploadsPage.Entry] = []
        for upload in list.all("Upload") {
            guard let key = upload["Key"], let id = upload["UploadId"], !id.isEmpty else {
                throw UploadError(.invalidResponse, "malformed response: the list of uploads has an invalid entry")
            }
            entries.append(UploadsPage.Entry(key: ObjectKey(key), id: id, initiated: upload["Initiated"].flatMap(RFC3339.parse)))
        }
        guard list["IsTruncated"]?.lowercased() == "true" else { return UploadsPage(entries: entries, next: nil) }
        // Without progress the pages would never end.
        guard let key = list["NextKeyMarker"].map(ObjectKey.init), let id = list["NextUploadIdMarker"], !entries.isEmpty,
            UploadsPage.Place(key: key, id: id) != place
        else { throw UploadError(.invalidResponse, "malformed response: the list of uploads does not say where it continues") }
        return UploadsPage(entries: entries, next: UploadsPage.Place(key: key, id: id))
    }

    /// The ETag of the object that a completion made.
    static func completedETag(in response: HTTPResponse) throws(UploadError) -> String {
        guard let etag = try document("CompleteMultipartUploadResult", response)["ETag"], !etag.isEmpty else {
            throw UploadError(.invalidResponse, "malformed response: the completed upload has no ETag")
        }
        return ETag.opaque(etag)
    }

    static func copiedETag(in response: HTTPResponse) throws(UploadError) -> String { try copiedETag(in: response, "CopyObjectResult") }
    static func copiedPartETag(in response: HTTPResponse) throws(UploadError) -> String { try copiedETag(in: response, "CopyPartResult") }

    private static func copiedETag(in response: HTTPResponse, _ name: String) throws(UploadError) -> String {
        guard let etag = try document(name, response)["ETag"], !etag.isEmpty else {
            throw UploadError(.invalidResponse, "malformed response: the copy has no ETag")
        }
        return ETag.opaque(etag)
    }

    private static func document(_ name: String, _ response: HTTPResponse) throws(UploadError) -> XMLElement {
        guard let root = try? XMLReader.read(response.body.readableBytesView), root.name == name else {
            throw UploadError(.invalidResponse, "malformed response: no \(name) document")
        }
        return root
    }
}

/// Entity tags as these services use them: the same with and without quotes.
enum ETag {
    static func opaque(_ text: String) -> String { String(text.unicodeScalars.filter { $0 != "\"" }) }

    /// The MD5 that the tag of plain bytes is; nil if it does not look like one.
    static func md5(_ etag: String) -> ContentDigest? {
        let etag = opaque(etag)
        return etag.utf8.count == 32 ? ContentDigest(algorithm: .md5, hex: etag) : nil
    }
}
