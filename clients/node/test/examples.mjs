// Puts the examples' text into the README: `node test/examples.mjs write`, or says whether it is there: `check`.
import { readFileSync, writeFileSync } from "node:fs";

const folder = new URL("../", import.meta.url);
const readme = new URL("README.md", folder);
const before = readFileSync(readme, "utf8");
const after = before.replace(/<!-- (examples\/\S+) -->\n```(\w+)\n[^]*?```/g, (_, name, language) => {
    const code = readFileSync(new URL(name, folder), "utf8");
    return `<!-- ${name} -->\n\`\`\`${language}\n${code}\`\`\``;
});
if (process.argv[2] === "write") {
    writeFileSync(readme, after);
} else if (after !== before) {
    console.error(
        "README.md does not show the examples as they are; node test/examples.mjs write puts them in",
    );
    process.exitCode = 1;
}
