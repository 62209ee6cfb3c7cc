import Sessions
import Support

/// Outputs of cells, as nbformat has them.
public enum CellOutput {
    /// Text written to a stream.
    static func stream(_ stream: OutputCapture.Stream, _ text: String) -> JSON {
        .record(["name": .string(stream.rawValue), "output_type": .string("stream"), "text": .lines(of: text)])
    }

    /// What a cell shows while it runs.
    static func display(_ bundle: MIMEBundle) -> JSON {
        .record(["data": data(of: bundle), "metadata": bundle.metadata, "output_type": .string("display_data")])
    }

    /// The value of a cell.
    static func result(_ bundle: MIMEBundle, count: Int) -> JSON {
        .record([
            "data": data(of: bundle), "execution_count": .number(Double(count)), "metadata": bundle.metadata,
            "output_type": .string("execute_result"),
        ])
    }

    /// An error.
    static func error(_ error: CellError) -> JSON {
        var members = error.members
        members.insert(.init("output_type", .string("error")), at: 2)
        return .object(members)
    }

    /// The forms of a bundle: texts as lists of lines, base64 as one string.
    private static func data(of bundle: MIMEBundle) -> JSON {
        let members = (bundle.data.members ?? []).map { form in
            switch OutputKind(form.name).content {
            case .lines: JSON.Member(form.name, form.value.text.map { .lines(of: $0) } ?? form.value)
            case .string, .json: form
            }
        }
        return .object(members)
    }
}
