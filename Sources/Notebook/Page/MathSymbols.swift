/// What the commands of TeX stand for.
enum MathSymbols {
    /// Letters.
    static let identifiers: [String: String] = [
        "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ",
        "eta": "η",
        "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
        "pi": "π",
        "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ",
        "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ",
        "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "infty": "∞", "partial": "∂", "nabla": "∇", "ell": "ℓ",
        "emptyset": "∅", "hbar": "ℏ", "Re": "ℜ", "Im": "ℑ",
    ]

    /// Operators, relations, arrows and fences.
    static let operators: [String: String] = [
        "cdot": "⋅", "times": "×", "div": "÷", "pm": "±", "mp": "∓", "ast": "∗", "star": "⋆", "circ": "∘", "odot": "⊙",
        "otimes": "⊗", "oplus": "⊕", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "approx": "≈",
        "sim": "∼", "simeq": "≃", "equiv": "≡", "propto": "∝", "ll": "≪", "gg": "≫", "in": "∈", "notin": "∉", "ni": "∋",
        "subset": "⊂", "subseteq": "⊆", "cup": "∪", "cap": "∩", "setminus": "∖", "to": "→", "rightarrow": "→",
        "leftarrow": "←", "Rightarrow": "⇒", "Leftrightarrow": "⇔", "mapsto": "↦", "forall": "∀", "exists": "∃",
        "mid": "∣", "parallel": "∥", "Vert": "‖", "|": "‖", "vert": "|", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊",
        "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "sum": "∑", "prod": "∏", "int": "∫", "ldots": "…", "cdots": "⋯",
        "dots": "…", "vdots": "⋮", "ddots": "⋱", "colon": ":", "perp": "⊥", "top": "⊤", "lbrace": "{", "rbrace": "}",
        "land": "∧", "lor": "∨", "neg": "¬",
    ]

    /// Functions, set upright.
    static let functions: Set<String> = [
        "log", "ln", "exp", "sin", "cos", "tan", "tanh", "min", "max", "lim", "det", "sup", "inf", "dim", "arg", "Pr",
    ]

    /// Spaces, in em.
    static let spaces: [String: Double] = [
        ",": 0.17, ":": 0.22, ";": 0.28, "!": -0.17, " ": 0.33, "quad": 1, "qquad": 2,
    ]

    /// What stands above a letter.
    static let accents: [String: String] = [
        "hat": "^", "widehat": "^", "bar": "¯", "overline": "¯", "tilde": "~", "widetilde": "~", "vec": "→", "dot": "˙",
    ]

    /// Letters in the style of a command: double-struck, script or bold; nil where a letter has no such form.
    static func styled(_ text: String, as style: String) -> String? {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let special: [Unicode.Scalar: Unicode.Scalar]
            let (capital, small): (UInt32, UInt32)
            switch style {
            case "mathbb":
                special = ["C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"]
                (capital, small) = (0x1D538, 0x1D552)
            case "mathcal":
                special = [
                    "B": "ℬ", "E": "ℰ", "F": "ℱ", "H": "ℋ", "I": "ℐ", "L": "ℒ", "M": "ℳ", "R": "ℛ", "e": "ℯ", "g": "ℊ",
                    "o": "ℴ",
                ]
                (capital, small) = (0x1D49C, 0x1D4B6)
            default:
                special = [
                    "θ": "𝛉", "φ": "𝛗", "ϕ": "𝛟", "μ": "𝛍", "σ": "𝛔", "ε": "𝛆", "ϵ": "𝛜", "Σ": "𝚺", "α": "𝛂", "β": "𝛃",
                ]
                (capital, small) = (0x1D400, 0x1D41A)
            }
            let value =
                switch scalar {
                case "A"..."Z": Unicode.Scalar(capital + scalar.value - 65)
                case "a"..."z": Unicode.Scalar(small + scalar.value - 97)
                default: nil as Unicode.Scalar?
                }
            guard let styled = special[scalar] ?? value else { return nil }
            result.append(styled)
        }
        return String(result)
    }
}
