/// The discovery document of the farm, from which Google's client libraries make their methods.
enum FarmDiscovery {
    static func document(baseURL: String) -> JSONValue {
        [
            "kind": "discovery#restDescription", "discoveryVersion": "v1", "id": "farm:v1", "name": "farm", "version": "v1",
            "title": "Farm", "description": "Animals, with pictures.", "protocol": "rest", "rootUrl": .string("\(baseURL)/"),
            "servicePath": "farm/v1/", "baseUrl": .string("\(baseURL)/farm/v1/"), "basePath": "/farm/v1/", "batchPath": "batch",
            "parameters": ["fields": parameter("query"), "alt": parameter("query"), "key": parameter("query")],
            "auth": ["oauth2": ["scopes": ["https://www.googleapis.com/auth/farm": ["description": "See and change animals."]]]],
            "schemas": ["Animal": animal, "AnimalList": list],
            "resources": ["animals": ["methods": methods]],
        ]
    }

    private static var methods: JSONValue {
        [
            "insert": .object([
                "id": "farm.animals.insert", "path": "animals", "httpMethod": "POST", "description": "Adds an animal.",
                "request": ["$ref": "Animal"], "response": ["$ref": "Animal"], "supportsMediaUpload": .bool(true), "mediaUpload": mediaUpload,
                "scopes": scopes,
            ]),
            "get": method("get", "GET", of: "animals/{id}", ["supportsMediaDownload": .bool(true)]),
            "list": method("list", "GET", of: "animals", ["response": ["$ref": "AnimalList"]]),
            "patch": method("patch", "PATCH", of: "animals/{id}", ["request": ["$ref": "Animal"]]),
            "delete": method("delete", "DELETE", of: "animals/{id}", [:]),
        ]
    }

    private static var mediaUpload: JSONValue {
        [
            "accept": .array(Farm.accepted.map { .string($0) }), "maxSize": .string("\(Farm.sizeMax >> 30)GB"),
            "protocols": [
                "simple": ["multipart": .bool(true), "path": "/upload/farm/v1/animals"],
                "resumable": ["multipart": .bool(true), "path": "/resumable/upload/farm/v1/animals"],
            ],
        ]
    }

    private static func method(_ name: String, _ verb: String, of path: String, _ more: [String: JSONValue]) -> JSONValue {
        var method: [String: JSONValue] = [
            "id": .string("farm.animals.\(name)"), "path": .string(path), "httpMethod": .string(verb), "response": ["$ref": "Animal"],
            "scopes": scopes,
        ]
        if path.hasSuffix("{id}") {
            method["parameters"] = ["id": ["type": "string", "required": .bool(true), "location": "path"]]
            method["parameterOrder"] = ["id"]
        }
        return .object(method.merging(more) { $1 })
    }

    private static let scopes: JSONValue = ["https://www.googleapis.com/auth/farm"]

    private static func parameter(_ location: String) -> JSONValue { ["type": "string", "location": .string(location)] }

    private static var animal: JSONValue {
        let text: JSONValue = ["type": "string"]
        let picture: JSONValue = ["type": "object", "properties": ["contentType": text, "size": text, "md5Hash": text]]
        return [
            "id": "Animal", "type": "object",
            "properties": [
                "id": text, "kind": text, "etag": text, "selfLink": text, "name": text, "species": text, "weight": ["type": "number"],
                "born": text, "path": text, "tags": ["type": "object", "additionalProperties": text], "picture": picture,
            ],
        ]
    }

    private static var list: JSONValue {
        ["id": "AnimalList", "type": "object", "properties": ["items": ["type": "array", "items": ["$ref": "Animal"]]]]
    }
}
