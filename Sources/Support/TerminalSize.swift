import Foundation

/// The size of the terminal behind a file descriptor.
public struct TerminalSize: Equatable, Sendable {
    /// The characters in a line; 80 where the terminal does not say.
    public let columns: Int
    /// The lines; 24 where the terminal does not say.
    public let rows: Int

    /// Asks for the size; nil where `descriptor` is no terminal.
    public init?(of descriptor: Int32) {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
        columns = isKnown && size.ws_col > 0 ? Int(size.ws_col) : 80
        rows = isKnown && size.ws_row > 0 ? Int(size.ws_row) : 24
    }
}
