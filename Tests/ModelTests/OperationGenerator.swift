import Glibc
import UploadTesting

/// Makes steps, most of which find something to work on.
struct OperationGenerator {
    private var random: SeededRandom

    static let slots = 4
    private static let names = ["a", "b", "c", "notes.txt", "film.part", "draft.part", "ä ö%2F?#", "e"]
    private static let directoryNames = ["x", "y", "z.part"]
    private static let attributeNames = ["user.one", "user.two", "user.mime_type"]
    private static let modes: [mode_t] = [0o644, 0o600, 0o755, 0o444, 0o4755, 0o2775, 0o1777, 0]

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    /// The next step for a tree that has these files and directories.
    mutating func next(files: [String], directories: [String]) -> Operation {
        let tree = Tree(files: files, directories: directories)
        switch number(1000) {
        case ..<380: return content(tree)
        case ..<600: return slot(tree)
        case ..<820: return name(tree)
        case ..<910: return attributes(tree)
        case ..<935: return .control(file(tree), Operation.Control.allCases[number(Operation.Control.allCases.count)])
        case ..<965: return .rest(milliseconds: UInt32(number(60)))
        case ..<980: return .fault(fault())
        case ..<983: return .kill
        case ..<990: return .killDuring(brief(tree), afterMicroseconds: UInt32(number(chance(3) ? 10_000 : 1500)))
        case ..<993: return .remount
        default: return .idle
        }
    }

    /// What one program does by path.
    private mutating func brief(_ tree: Tree) -> Operation {
        switch number(5) {
        case 0...1: content(tree)
        case 2...3: name(tree)
        default: attributes(tree)
        }
    }

    private struct Tree {
        let files: [String]
        let directories: [String]
    }

    // MARK: Kinds of steps

    private mutating func content(_ tree: Tree) -> Operation {
        switch number(20) {
        case 0...2: .write(target(tree), offset: offset(), bytes())
        case 3...4: .append(target(tree), bytes())
        case 5...7: .rewrite(target(tree), bytes())
        case 8: .create(newPath(tree), mode: mode())
        case 9...10: .truncate(file(tree), size: chance(3) ? 0 : offset())
        case 11...13: .read(file(tree), offset: offset(), length: number(1 << 20))
        case 14...15: .allocate(file(tree), allocation(), offset: offset(), length: Int64(number(300_000)))
        case 16:
            .copyRange(from: file(tree), offset: offset(), to: file(tree), targetOffset: offset(), length: number(500_000))
        case 17...18: .writeMapped(file(tree), offset: offset(), bytes(), closesFirst: chance(2))
        default: .seek(file(tree), offset: offset(), chance(2) ? .data : .hole)
        }
    }

    private mutating func slot(_ tree: Tree) -> Operation {
        let slot = number(Self.slots)
        return switch number(16) {
        case 0...4: .open(slot, target(tree), Operation.Opening.allCases[number(Operation.Opening.allCases.count)])
        case 5...8: .writeOpen(slot, offset: offset(), bytes())
        case 9: .readOpen(slot, offset: offset(), length: number(1 << 20))
        case 10: .truncateOpen(slot, size: offset())
        case 11: .syncOpen(slot)
        case 12: .describeOpen(slot)
        default: .close(slot)
        }
    }

    private mutating func name(_ tree: Tree) -> Operation {
        switch number(22) {
        case 20...21: .exchange(anything(tree), with: anything(tree))
        case 0...5: .rename(file(tree), to: target(tree), replacing: !chance(8))
        case 6...7: .rename(directory(tree), to: newPath(tree, Self.directoryNames), replacing: true)
        case 8: .rename(anything(tree), to: anything(tree), replacing: true)
        case 9...12: .unlink(file(tree))
        case 13...14: .makeDirectory(newPath(tree, Self.directoryNames), mode: chance(4) ? 0o2755 : 0o755)
        case 15...16: .removeDirectory(anything(tree))
        case 17...18: .link(newPath(tree), to: Self.names[number(Self.names.count)])
        default: .describe(anything(tree))
        }
    }

    private mutating func attributes(_ tree: Tree) -> Operation {
        let path = anything(tree)
        return switch number(7) {
        case 6: .touch(path)
        case 0...1: .setMode(path, mode())
        case 2: .setOwner(path, uid_t(number(3)), gid_t(number(3)))
        case 3: .setTime(path, seconds: number(1_000_000_000), nanoseconds: number(1_000_000_000))
        case 4: .setAttribute(path, attributeName(), Bytes(start: number(1000), count: number(600)), flags: Int32(number(3)))
        default: .removeAttribute(path, attributeName())
        }
    }

    private mutating func fault() -> String {
        let actions = [
            // Without a time in them, the waits of a sequence would be most of its time.
            #"{"status":503,"retry_after":0}"#, #"{"reset_after_bytes":300000}"#, #"{"lose_answer":true}"#, #"{"delay_ms":300}"#,
            #"{"persist_bytes":262144}"#, #"{"lose_session":410}"#, #"{"status":429,"retry_after":0}"#, #"{"no_range":true}"#,
        ]
        let forUploads = #""kind":"\#(chance(2) ? "part" : "multipart")""#
        switch number(6) {
        case 0: return #"[{"kind":"part","times":null,"action":{"delay_ms":30}}]"#
        case 1: return #"[{"kind":"rewrite","action":{"\#(chance(2) ? "lose_answer\":true" : "status\":503")}}]"#
        case 2: return #"[{"kind":"delete","action":{"\#(chance(2) ? "lose_answer\":true" : "status\":503")}}]"#
        default: return "[{\(forUploads),\"skip\":\(number(4)),\"times\":1,\"action\":\(actions[number(actions.count)])}]"
        }
    }

    // MARK: Names and numbers

    private mutating func file(_ tree: Tree) -> String {
        tree.files.isEmpty || chance(10) ? newPath(tree) : tree.files[number(tree.files.count)]
    }

    private mutating func directory(_ tree: Tree) -> String {
        tree.directories.isEmpty ? newPath(tree, Self.directoryNames) : tree.directories[number(tree.directories.count)]
    }

    private mutating func anything(_ tree: Tree) -> String {
        chance(3) ? directory(tree) : chance(4) ? newPath(tree) : file(tree)
    }

    /// A file that is there, or one that is not yet.
    private mutating func target(_ tree: Tree) -> String {
        chance(2) ? file(tree) : newPath(tree)
    }

    private mutating func newPath(_ tree: Tree, _ names: [String] = names) -> String {
        let name = names[number(names.count)]
        if tree.directories.isEmpty || chance(2) { return name }
        let parent = chance(20) ? "nowhere" : directory(tree)
        // Deep enough to move directories with directories in them, and no deeper.
        return parent.split(separator: "/").count > 3 ? name : "\(parent)/\(name)"
    }

    /// Mostly small; sometimes so large that the file goes up in an upload session, in parts.
    private mutating func offset() -> Int64 {
        switch number(20) {
        case 0...9: Int64(number(10_000))
        case 10...13: Int64(number(100)) * 4096
        case 14...18: Int64(number(2 << 20))
        default: Int64((8 << 20) + number(2 << 20))
        }
    }

    private mutating func bytes() -> Bytes {
        let count = chance(4) ? number(Bytes.countMax) : chance(12) ? 0 : number(9000)
        return Bytes(start: number(Bytes.startMax), count: count)
    }

    private mutating func allocation() -> Operation.Allocation {
        Operation.Allocation.allCases[number(Operation.Allocation.allCases.count)]
    }

    private mutating func mode() -> mode_t { Self.modes[number(Self.modes.count)] }
    private mutating func attributeName() -> String { Self.attributeNames[number(Self.attributeNames.count)] }

    private mutating func number(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    private mutating func chance(_ oneIn: Int) -> Bool { number(oneIn) == 0 }
}
