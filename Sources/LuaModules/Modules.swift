import LuaBridge

extension LuaModule {
    /// The modules of a session, in the order of the manual.
    public static let all = [torch, nn, optim, bayes, volumes, stats, plot, progress, study, report, display]
}
