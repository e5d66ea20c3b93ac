import struct Foundation.URLComponents
import HTTPTransport

/// What an API has apart from the upload: URLs of what was made, so that a rename or a removal can reach it.
public struct MediaMethodResource: Sendable, Equatable {
    /// Of one object: `https://HOST/farm/v1/animals/{id}`. DELETE removes it, PATCH changes it.
    let item: TemplateText
    /// Of a search that returns the object of a path: `https://HOST/farm/v1/animals?name={path}`.
    let search: TemplateText
    /// Where the object stands in the response to the search, such as `items[-1]`.
    let found: JSONPath
    /// What PATCH sends for a rename.
    let rename: MetadataTemplate
    /// Where the URLs lead to.
    public let hosts: [String]
    /// The URLs up to their first field.
    let endpoints: [String]

    public init(item: String, search: String, found: String, rename: String) throws(DestinationError) {
        endpoints = [item, search].map { String($0.prefix { $0 != "{" }) }
        for (url, endpoint) in zip([item, search], endpoints) where RequestURL(endpoint) == nil {
            throw DestinationError("'\(url)' must be an http or https URL, such as https://HOST/… with {id} or {path} in it")
        }
        guard item.contains("{id}") else { throw DestinationError("item_url must contain {id}: \(item)") }
        hosts = [item, search].compactMap { URLComponents(string: $0)?.host }
        self.item = try TemplateText(item)
        self.search = try TemplateText(search)
        self.found = try JSONPath(found)
        self.rename = try MetadataTemplate(rename)
    }
}
