import Foundation

/// What another thread reads from a pipe or a file, as soon as there is something.
package final class Reading: @unchecked Sendable {
    private var bytes: [UInt8] = []
    private let end = DispatchSemaphore(value: 0)

    /// Begins to read the file at `path`, to its end.
    package init(_ path: String) {
        Thread.detachNewThread { [self] in
            // `FileManager.contents` opens no pipe; a stream of C would be locked while it waits, and with it all that
            // flush all streams.
            if let file = FileHandle(forReadingAtPath: path) { bytes = [UInt8](file.readDataToEndOfFile()) }
            end.signal()
        }
    }

    /// Waits until everything is read.
    package func result() -> [UInt8] {
        end.wait()
        return bytes
    }
}
