import Foundation

/// What another thread reads from a pipe or a file, as soon as there is something.
package final class Reading: @unchecked Sendable {
    private var bytes: [UInt8] = []
    private let end = DispatchSemaphore(value: 0)

    /// Begins to read the file at `path`, to its end.
    package init(_ path: String) {
        Thread.detachNewThread { [self] in
            // `FileManager.contents` opens no pipe.
            if let file = fopen(path, "r") {
                var piece = [UInt8](repeating: 0, count: 1 << 12)
                while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
                fclose(file)
            }
            end.signal()
        }
    }

    /// Waits until everything is read.
    package func result() -> [UInt8] {
        end.wait()
        return bytes
    }
}
