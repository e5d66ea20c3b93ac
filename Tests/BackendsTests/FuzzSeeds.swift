import Glibc

/// The seeds of a fuzzing test: one that never changes, and one of this run, which is printed before anything can go wrong. A crash is
/// repeated with `UPLOADFS_FUZZ_SEED=SEED swift test --filter …`.
enum FuzzSeeds {
    static let all: [UInt64] = {
        if let text = getenv("UPLOADFS_FUZZ_SEED").map({ String(cString: $0) }), let seed = UInt64(text) { return [seed] }
        let ofRun = UInt64.random(in: 0 ... .max)
        print("fuzzing with the seed \(ofRun)")
        return [20_261_128, ofRun]
    }()
}
