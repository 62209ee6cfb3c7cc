import Foundation
import Support

/// A reader of foreign bytes, as a fuzzer calls it: any bytes give a result or an error, soon and with little memory.
package struct FuzzTarget: Sendable, CustomStringConvertible {
    /// The format's name.
    package let name: String
    /// Reads bytes; what files it needs, it writes to the folder at a path. A `BrokenPromise` is a defect, any other
    /// error an answer.
    package let read: @Sendable (_ bytes: [UInt8], _ folder: String) throws -> Void

    package var description: String { name }

    init(_ name: String, _ read: @escaping @Sendable (_ bytes: [UInt8], _ folder: String) throws -> Void) {
        (self.name, self.read) = (name, read)
    }

    /// A format that is text.
    init(_ name: String, text read: @escaping @Sendable (String) throws -> Void) {
        self.init(name) { bytes, _ in try read(String(decoding: bytes, as: UTF8.self)) }
    }

    /// All formats, in the order of how exposed they are.
    package static let all = volumes + tensors + documents + results + sessions
}

/// What a reader or a writer promises, and did not keep.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String

    /// Throws where a promise is not kept.
    static func unless(_ isKept: Bool, _ promise: String) throws {
        if !isKept { throw BrokenPromise(description: "promised: \(promise)") }
    }
}

/// Writes bytes to the file `name` in a folder, in the quickest way, and returns its path.
func write(_ bytes: some Collection<UInt8>, to name: String, in folder: String) throws -> String {
    let path = "\(folder)/\(name)"
    guard let file = fopen(path, "wbe") else { throw FileError.system(path) }
    defer { fclose(file) }
    let all = Array(bytes)
    guard fwrite(all, 1, all.count, file) == all.count else { throw FileError.system(path) }
    return path
}
