import Figures
import LuaBridge
import Report

private let example = "report.page('Results')"
private let caption = Option("caption", String.self, default: "", "what stands under it")
private let width = Option(
    "width", Double?.self, in: .positive, "in CSS pixels, if the page has room; the figure's own by default")

extension ReportPage: LuaObject {
    /// A page.
    public static let luaType = LuaType(
        "Page", "A page of text, tables and figures, which is filled from the top; each method gives the page.",
        methods: [heading, text, table, figure, slider, viewer, code, save])

    private static let heading = LuaFunction(
        "heading", "Adds a heading, which the table of contents lists.", this,
        Parameter("text", String.self, "the heading"),
        Option("level", Int.self, in: .between(2, 4), default: 2, "2, 3 or 4; the page's title is level 1"),
        returns: "the page",
        example: "\(example):heading('Scores'):heading('Dice', {level = 3})"
    ) { page, text, level in
        try page.addHeading(text, level: level)
        return page
    }

    private static let text = LuaFunction(
        "text", "Adds paragraphs, which blank lines part.", this, Parameter("text", String.self, "the text"),
        returns: "the page", example: "\(example):text('One.\\n\\nTwo.')"
    ) { page, text in
        page.addText(text)
        return page
    }

    private static let table = LuaFunction(
        "table", "Adds a table. The numbers of a column have as many decimals as its largest needs.", this,
        Parameter("columns", [String].self, "their names"),
        Parameter("rows", [[ReportTable.Value]].self, "lists of strings and numbers, one a column; nan is a dash"),
        caption,
        Option(
            "align", [LuaChoice<ReportTable.Alignment>]?.self,
            "'left', 'right' or 'center', one a column; by default numbers are right, texts left"),
        Option(
            "best", [String: LuaChoice<ReportTable.Best>].self, default: [:],
            "'max' or 'min' by column, where the best number is to be bold"),
        Option("best_within", String?.self, "a column; rows that differ in it are compared apart"),
        Option(
            "digits", Int.self, in: .count, default: 3, "how many digits the largest number of a column has at least"),
        Option(
            "decimals", [String: Int].self, default: [:],
            "the decimals of all numbers of a column, by its name, in the place of digits"),
        returns: "the page",
        example: "\(example):table({'n', 'method', 'Dice'}, {{5, 'RI', 0.61}, {5, 'DWP', 0.66}}, "
            + "{best = {Dice = 'max'}, best_within = 'n'})"
    ) { page, columns, rows, caption, alignments, best, bestWithin, digits, decimals in
        page.addTable(
            try ReportTable(
                columns: columns, rows: rows, caption: caption, alignments: alignments?.map(\.value),
                best: best.mapValues(\.value), bestWithin: bestWithin, digits: digits,
                decimals: decimals))
        return page
    }

    private static let figure = LuaFunction(
        "figure", "Adds a figure of `plot`.", this, Parameter("figure", FigureObject.self, "the figure"), caption,
        width, returns: "the page", example: "\(example):figure(plot.curves({loss = {3, 2, 1}}), {caption = 'Loss'})"
    ) { page, object, caption, width in
        try page.addFigure(object.figure, caption: caption, width: width)
        return page
    }

    private static let slider = LuaFunction(
        "slider",
        "Adds figures of which one is shown at a time, chosen by a slider or its arrow keys; on paper the chosen one.",
        this, Parameter("figures", [FigureObject].self, "the figures, best all of one size"),
        Option("labels", [String]?.self, "what is shown, one a figure; by default its number"), caption,
        Option("start", Int.self, in: .count, default: 1, "which figure is shown first"), width, returns: "the page",
        example: "\(example):slider({plot.curves({a = {3, 2}}), plot.curves({a = {2, 3}})}, {start = 2})"
    ) { page, figures, labels, caption, start, width in
        try page.addSlider(figures.map(\.figure), labels: labels, caption: caption, start: start, width: width)
        return page
    }

    private static let viewer = LuaFunction(
        "viewer", "Adds a scan to look through in three planes, with masks, a prediction and an uncertainty over it.",
        this, Parameter("scan", LuaEither<VolumeObject, SampleObject>.self, "the scan"), ViewerOverlays.mask,
        ViewerOverlays.prediction, ViewerOverlays.uncertainty, ViewerOverlays.classes, caption, returns: "the page",
        example: """
            local scan, labels = volumes.phantom{size = {12, 12, 12}}; \
            \(example):viewer(scan, {mask = labels, caption = 'A phantom'})
            """
    ) { page, scan, mask, prediction, uncertainty, classes, caption in
        let overlays = ViewerOverlays(
            mask: mask, prediction: prediction, uncertainty: uncertainty, classes: classes)
        let viewer =
            switch scan {
            case .first(let volume): try volume.viewer(overlays)
            case .second(let sample): try sample.viewer(overlays)
            }
        page.addViewer(viewer, caption: caption)
        return page
    }

    private static let code = LuaFunction(
        "code", "Adds a text whose spaces and lines stay as they are, such as a configuration.", this,
        Parameter("text", String.self, "the text"), caption, returns: "the page",
        example: "\(example):code('steps = 400', {caption = 'The configuration'})"
    ) { page, text, caption in
        page.addCode(text, caption: caption)
        return page
    }

    private static let save = LuaFunction(
        "save", "Writes the page as an HTML file, whole or not at all.", this,
        Parameter("path", Path.self, "the file"), returns: "the page", example: "\(example):save(os.tmpname())"
    ) { page, path in
        try page.write(to: path.text)
        return page
    }
}

extension LuaModule {
    /// `report`: pages of texts, tables and figures.
    public static let report = LuaModule(
        "report", "Pages of text, tables and figures, each one HTML file that needs neither others nor a network.",
        functions: [page], types: [ReportPage.luaType])

    private static let page = LuaFunction(
        "page", "Begins a page. All texts are plain: they are shown as they are.",
        Parameter("title", String.self, "the title"),
        Option("subtitle", String.self, default: "", "what stands under it, such as the date and the data"),
        returns: "a page, which is filled from the top and then saved",
        example: "report.page('Results', {subtitle = 'n < 10'}):text('Good & bad'):save(os.tmpname())"
    ) { title, subtitle in ReportPage(title: title, subtitle: subtitle) }
}

/// A value of a table: a string or a number.
extension ReportTable.Value: LuaDecodable, LuaEncodable {
    /// "string or number".
    public static var luaTypeName: String { "string or number" }

    /// The string or the number.
    public static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ReportTable.Value {
        switch try LuaEither<String, Double>.decode(stack, at: index) {
        case .first(let text): .text(text)
        case .second(let number): .number(number)
        }
    }

    /// Pushes the string or the number.
    public func push(on stack: LuaStack) throws(LuaError) {
        switch self {
        case .text(let text): try text.push(on: stack)
        case .number(let number): number.push(on: stack)
        }
    }
}
