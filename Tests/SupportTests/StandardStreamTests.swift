import Foundation
import Support
import Testing

struct StandardStreamTests {
    /// A script may wait for a reader or a writer elsewhere, in a stream that is locked meanwhile.
    @Test func handingOnWhatWasPrintedWaitsForNoOtherStream() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (input, output) = (ends[0], ends[1])
        nonisolated(unsafe) let stream = try #require(fdopen(input, "r"))
        let (read, flushed) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        Thread.detachNewThread {
            _ = getc(stream)
            read.signal()
        }
        while ftrylockfile(stream) == 0 {
            funlockfile(stream)
            usleep(1000)
        }
        Thread.detachNewThread {
            StandardStream.flush()
            flushed.signal()
        }
        #expect(flushed.wait(timeout: .now() + 60) == .success)
        _ = Foundation.write(output, "x", 1)
        read.wait()
        fclose(stream)
        close(output)
    }
}
