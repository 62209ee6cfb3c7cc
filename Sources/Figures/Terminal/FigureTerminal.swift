import Foundation
import Support
import Synchronization

/// The terminal that figures are shown on, and in what way.
public struct FigureTerminal: Sendable {
    /// How the terminal shows pictures.
    package enum Way: Sendable {
        /// As images of kitty's protocol.
        case images
        /// As cells of two pixels each.
        case cells(CellPicture.Colours)
    }

    private let columns: Int
    private let rows: Int
    private let way: Way

    /// A terminal of so many columns and rows.
    package init(columns: Int, rows: Int, way: Way) {
        (self.columns, self.rows, self.way) = (max(columns, 1), max(rows, 1), way)
    }

    /// The terminal of the standard output; nil where that is none.
    ///
    /// It shows images of kitty's protocol where it says so when asked, which happens once; else cells, with the
    /// colours that COLORTERM and TERM tell of, or none where NO_COLOR is set.
    public static var standardOutput: FigureTerminal? {
        guard let size = TerminalSize(of: STDOUT_FILENO) else { return nil }
        let colours = colours(ProcessInfo.processInfo.environment)
        return FigureTerminal(
            columns: size.columns, rows: size.rows,
            way: colours != .none && showsImages() ? .images : .cells(colours))
    }

    /// The colours that an environment tells of.
    package static func colours(_ environment: [String: String]) -> CellPicture.Colours {
        let terminal = environment["TERM"] ?? ""
        if terminal.isEmpty || terminal == "dumb" || !(environment["NO_COLOR"] ?? "").isEmpty { return .none }
        let depth = environment["COLORTERM"] ?? ""
        return depth == "truecolor" || depth == "24bit" || terminal.hasSuffix("-direct") ? .full : .palette
    }

    private static let answer = Mutex<Bool?>(nil)

    private static func showsImages() -> Bool {
        answer.withLock { answer in
            // Text that is still buffered must not be printed between the question and its answer.
            StandardStream.flush()
            answer = answer ?? KittyGraphics.isOffered(input: STDIN_FILENO, output: STDOUT_FILENO)
            return answer ?? false
        }
    }

    /// What shows `figure` when it is written to the terminal, without a newline at its end.
    public func text(of figure: any Figure) throws(FigureError) -> String {
        switch way {
        case .cells(let colours):
            // The last column and line stay free: some terminals wrap there, and the prompt needs the other.
            return try CellPicture(figure, columns: max(columns - 1, 1), rows: max(rows - 2, 1)).text(colours)
        case .images:
            let width = Int((figure.size.width / CellPicture.cellWidth).rounded(.up))
            return KittyGraphics.text(try figure.png(), columns: min(max(width, 1), columns))
        }
    }
}
