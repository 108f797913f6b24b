// Builds static/dist from our sources and the two design systems. Run by `npm run build`.
import fs from "node:fs";
import * as esbuild from "esbuild";
import * as sass from "sass";

const out = "static/dist";
fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(`${out}/fonts`, { recursive: true });
fs.mkdirSync(`${out}/images`, { recursive: true });

const css = sass.compile("static/scss/app.scss", {
  style: "compressed",
  loadPaths: [".", "node_modules"],
  quietDeps: true,
  silenceDeprecations: ["import"],
});
fs.writeFileSync(`${out}/app.css`, css.css);

await esbuild.build({
  entryPoints: ["static/js/app.js", "static/js/js-enabled.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2020",
  outdir: out,
});

const typeface = "source-sans-3-latin-wght-normal.woff2";
fs.copyFileSync(`node_modules/@fontsource-variable/source-sans-3/files/${typeface}`, `${out}/fonts/${typeface}`);
// Pictures that the design systems' styles name: without one of them the file manifest refuses to be made.
for (const [, name] of css.css.matchAll(/images\/([\w.-]+)/g))
  fs.copyFileSync(`node_modules/@ministryofjustice/frontend/moj/assets/images/${name}`, `${out}/images/${name}`);
for (const name of fs.readdirSync("static/images")) fs.copyFileSync(`static/images/${name}`, `${out}/images/${name}`);
console.log(`app.css ${fs.statSync(`${out}/app.css`).size} bytes, app.js ${fs.statSync(`${out}/app.js`).size} bytes`);
