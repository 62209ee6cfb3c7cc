import Foundation

/// What should have come did not.
package struct Missing: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// For how long a test waits for something to come, in seconds. It decides nothing on any machine that works, however
/// slow or busy: it ends tests that hang.
package let patience: TimeInterval = 300

/// Waits until something holds; throws what `missing` says where it does not for as long as `patience` lasts.
package func wait(
    every interval: TimeInterval = 0.01, until holds: () throws -> Bool, missing: () throws -> String
) throws {
    let end = ContinuousClock.now + .seconds(patience)
    while try !holds() {
        guard ContinuousClock.now < end else { throw Missing(try missing()) }
        Thread.sleep(forTimeInterval: interval)
    }
}

/// Waits until a file is there, which a process that runs makes.
package func wait(forFile path: String, of process: Process) throws {
    func exists() -> Bool { FileManager.default.fileExists(atPath: path) }
    try wait(until: { exists() || !process.isRunning }, missing: { "\(path) did not come" })
    guard exists() else { throw Missing("\(path) did not come: the process has ended") }
}
