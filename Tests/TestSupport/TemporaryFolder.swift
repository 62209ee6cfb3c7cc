import Foundation
import Support

/// A folder of its own for a test, removed when the test ends.
package final class TemporaryFolder {
    package let path = FileManager.default.temporaryDirectory.appending(path: "lunette-\(UUID().uuidString)").path

    package init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of the file `name` within it.
    package func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes bytes to the file `name`, and returns its path.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String = "file") throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    /// The bytes of the file `name`.
    package func bytes(_ name: String = "file") throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// The names of the files within it.
    package func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

    /// Damages a file in `count` seeded ways (cut short, bytes changed) and calls `read` with the path of each.
    package func damage(_ bytes: [UInt8], count: Int, headerBytes: Int, seed: UInt64, read: (String) -> Void) throws {
        let generator = RandomGenerator(seed: seed)
        for round in 0..<count {
            var damaged = bytes
            if round % 3 == 0 {
                damaged.removeLast(generator.below(bytes.count) + 1)
            } else {
                for _ in 0...generator.below(4) {
                    let bound = round % 3 == 1 ? min(headerBytes, bytes.count) : bytes.count
                    damaged[generator.below(bound)] = UInt8(generator.below(256))
                }
            }
            read(try write(damaged, to: "damaged"))
        }
    }
}
