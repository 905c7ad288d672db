import { defineConfig } from "eslint/config";
import typescript from "typescript-eslint";

export default defineConfig(
    { ignores: ["examples/", "dist/", "src/gen/", "target/"] },
    {
        files: ["**/*.ts"],
        extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
        languageOptions: { parserOptions: { projectService: true } },
        rules: {
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            // contradicts no-non-null-assertion
            "@typescript-eslint/non-nullable-type-assertion-style": "off",
        },
    },
    {
        files: ["test/**/*.ts"],
        rules: {
            // node:test's test() gives a promise that the runner itself awaits
            "@typescript-eslint/no-floating-promises": [
                "error",
                {
                    allowForKnownSafeCalls: [
                        { from: "package", name: ["test", "suite"], package: "node:test" },
                    ],
                },
            ],
        },
    },
);
