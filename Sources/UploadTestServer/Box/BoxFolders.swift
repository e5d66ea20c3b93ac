import HTTPTypes
import Hummingbird

/// Requests about folders.
extension Box {
    func makeFolder(_ exchange: Exchange) async throws -> Response {
        let fields = try await exchange.boxFields()
        guard let name = fields["name"]?.string, let parent = fields["parent"]?.object?["id"]?.string else {
            throw BoxError.badRequest("A folder has a name and a parent.")
        }
        return try await pass(.folder, tree.name(of: name, in: parent), exchange) { _ in
            let folder = try tree.makeFolder(named: name, in: tree.folder(parent).id)
            return answer(tree.json(folder), exchange, status: 201)
        }
    }

    func getFolder(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.get, tree[id].map(tree.name(of:)), exchange) { _ in
            answer(tree.json(try tree.folder(id)), exchange)
        }
    }

    func updateFolder(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await update(exchange, id) { try tree.folder(id) }
    }

    func trashFolder(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.delete, tree[id].map(tree.name(of:)), exchange) { _ in
            let folder = try tree.folder(id)
            if !flag(exchange, "recursive") && !tree.children(of: id).isEmpty {
                throw BoxError(400, "folder_not_empty", "Cannot delete - folder not empty")
            }
            try trashAll(in: folder)
            try tree.trash(id, ifMatch: exchange.ifMatch)
            return Response(status: .noContent)
        }
    }

    private func trashAll(in folder: BoxItem) throws {
        for child in tree.children(of: folder.id) {
            if child.isFolder { try trashAll(in: child) }
            try tree.trash(child.id, ifMatch: nil)
        }
    }

    /// In pages: by a marker where the client asked for one, else by offset.
    func listFolder(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.list, tree[id].map(tree.name(of:)), exchange) { _ in
            let children = tree.children(of: try tree.folder(id).id)
            let limit = min(1000, try number(exchange, "limit") ?? 100)
            let usesMarker = flag(exchange, "usemarker")
            let start = min(children.count, try number(exchange, usesMarker ? "marker" : "offset") ?? 0)
            let page = children[start..<min(children.count, start + limit)]
            var listing: [String: JSONValue] = [
                "entries": .array(page.map { BoxItem.selecting(exchange.target["fields"], of: tree.json($0)) }),
                "limit": .number(Double(limit)),
            ]
            if usesMarker {
                if page.endIndex < children.count { listing["next_marker"] = .string(String(page.endIndex)) }
            } else {
                listing["total_count"] = .number(Double(children.count))
                listing["offset"] = .number(Double(start))
            }
            return .json(.object(listing))
        }
    }

    func currentUser(_ exchange: Exchange) async throws -> Response {
        try await pass(.get, nil, exchange) { _ in
            .json(["type": "user", "id": "1", "name": "Tester", "login": "tester@example.org"])
        }
    }

    func number(_ exchange: Exchange, _ parameter: String) throws -> Int? {
        guard let text = exchange.target[parameter], !text.isEmpty else { return nil }
        guard let number = Int(text), number >= 0 else { throw BoxError.badRequest("\(parameter) is no number: \(text)") }
        return number
    }

    /// Python clients write `True`.
    private func flag(_ exchange: Exchange, _ parameter: String) -> Bool {
        exchange.target[parameter]?.lowercased() == "true"
    }

    /// A resource, with the fields that the client asked for.
    func answer(_ json: JSONValue, _ exchange: Exchange, status: Int = 200) -> Response {
        .json(BoxItem.selecting(exchange.target["fields"], of: json), status: status)
    }

    /// A new name or a new folder for a file or a folder.
    func update(_ exchange: Exchange, _ id: String, find: () throws -> BoxItem) async throws -> Response {
        let changes = try await exchange.boxFields()
        return try await pass(.patch, tree[id].map(tree.name(of:)), exchange) { fault in
            let item = try find()
            let changed = try tree.update(
                item.id, name: changes["name"]?.string, parent: changes["parent"]?.object?["id"]?.string,
                fields: BoxContentTimes(changes).fields, ifMatch: exchange.ifMatch)
            return answer(tree.json(changed, fault), exchange)
        }
    }
}
