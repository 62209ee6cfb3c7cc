import LuaBridge
import Study

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
