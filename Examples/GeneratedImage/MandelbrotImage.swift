import NIOCore
import UploadCore

/// A picture of the Mandelbrot set in the PPM format, computed while it is uploaded. It is never in memory or on disk as a
/// whole, and it does not give its length beforehand, as a program would not that compresses on the fly.
struct MandelbrotImage: ByteSource {
    let width: Int
    let height: Int

    private let header: [UInt8]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        header = Array("P6\n\(width) \(height)\n255\n".utf8)
    }

    var length: Int64? { nil }

    func read(at offset: Int64, length: Int) async throws -> ByteBuffer {
        let end = min(offset + Int64(length), Int64(header.count + 3 * width * height))
        var bytes = ByteBufferAllocator().buffer(capacity: Int(max(end - offset, 0)))
        var (pixel, steps) = (-1, 0)
        for position in Int(offset)..<max(Int(end), Int(offset)) {
            guard position >= header.count else {
                bytes.writeInteger(header[position])
                continue
            }
            let (next, channel) = (position - header.count).quotientAndRemainder(dividingBy: 3)
            if next != pixel { (pixel, steps) = (next, stepsToEscape(pixel: next)) }
            bytes.writeInteger(UInt8(truncatingIfNeeded: steps * (3 + 2 * channel)))
        }
        return bytes
    }

    private func stepsToEscape(pixel: Int) -> Int {
        let x = 3.5 * Double(pixel % width) / Double(width) - 2.5
        let y = 2 * Double(pixel / width) / Double(height) - 1
        var (a, b) = (0.0, 0.0)
        for step in 0..<64 {
            (a, b) = (a * a - b * b + x, 2 * a * b + y)
            if a * a + b * b > 4 { return step }
        }
        return 0
    }
}
