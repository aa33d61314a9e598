// The rules for the JavaScript of the service and of its tests.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: { "eqeqeq": "error", "no-shadow": "error", "no-var": "error", "prefer-const": "error" },
  },
  { files: ["ratesvc/web/**", "integrations/**"], languageOptions: { globals: { ...globals.browser, Plotly: "readonly" } } },
  { files: ["tests/**"], languageOptions: { globals: globals.node } },
  // As they are served: one function around all modules.
  { files: ["assembled/*.js"], languageOptions: { sourceType: "script", globals: globals.browser } },
  { ignores: ["**/released/", "ratesvc/web/templates/", "tests/third_party/*", "!tests/third_party/eslint.config.js", "!tests/third_party/*.mjs"] },
];
