import Foundation
import LuaBridge
import Report
import Support

/// Where what scripts display goes: to the standard output as text, until a notebook takes it.
///
/// It is the object of its class that belongs to a state (`LuaState.shared`), and used on the state's thread alone.
public final class DisplaySink: @unchecked Sendable {
    /// Takes the forms of a value, and the id under which it can be replaced later. Bars of progress come here, too.
    public var show: ((MIMEBundle, _ id: String?) -> Void)?
    /// Removes what was shown and printed; at once, or once there is something new.
    public var clear: (_ waits: Bool) -> Void = { _ in }

    /// Where a new bar of progress goes: the standard error, where nothing takes it.
    func progressSink() -> Support.Progress.Sink {
        guard show != nil else { return .standardError }
        let id = UUID().uuidString
        return Support.Progress.Sink { [self] report in show?(MIMEBundle(report), id) }
    }
}

extension LuaState {
    /// Where what scripts display goes.
    public var displaySink: DisplaySink { shared { DisplaySink() } }
}

/// A parameter, and with its value where what scripts display goes.
struct WithDisplaySink<Inner: LuaParameter>: LuaParameter {
    private let parameter: Inner

    init(_ parameter: Inner) { self.parameter = parameter }

    /// What the parameter says of itself.
    var parameterDescriptions: [ParameterDescription] { parameter.parameterDescriptions }

    /// The value, and the sink.
    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> (value: Inner.Value, sink: DisplaySink) {
        (try parameter.read(&reader), reader.stack.shared { DisplaySink() })
    }
}

extension WithDisplaySink: Sendable where Inner: Sendable {}

extension MIMEBundle {
    /// The member of a bundle's metadata that says that it tells of time, which another run would take, too.
    package static let passingMark = "lunette.passing"

    /// A line and a bar.
    fileprivate init(_ report: Support.Progress.Report) {
        self.init(text: report.text)
        let bar =
            "<progress value=\"\(report.done)\" max=\"\(report.total)\" style=\"vertical-align: middle\"></progress> "
        add("text/html", "<div>\(report.total > 0 ? bar : "")\(report.text.htmlText)</div>\n")
        mark(Self.passingMark)
    }
}
