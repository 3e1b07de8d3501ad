import { defineConfig, globalIgnores } from "eslint/config";
import vue from "eslint-plugin-vue";
import typescript from "typescript-eslint";

export default defineConfig(
  globalIgnores(["app/web/built/", "app/web/page/types.d.ts", "docs/", ".venv/", "eslint.config.js"]),
  typescript.configs.strictTypeChecked,
  vue.configs["flat/recommended"],
  {
    languageOptions: {
      parserOptions: { parser: typescript.parser, projectService: true, extraFileExtensions: [".vue"] },
    },
    rules: {
      "vue/no-v-html": "error", // what buyers write is text
      "vue/multi-word-component-names": "off", // a folder says what a part belongs to
      "vue/max-attributes-per-line": "off", // the line's length decides
      "vue/singleline-html-element-content-newline": "off",
      "vue/html-self-closing": ["error", { html: { void: "always" } }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
);
