// Opens pages in a real browser, in light, dark and print, and says what it saw: one line of JSON a look.
// node look.mjs PLAYWRIGHT CHROMIUM OUT FILE...
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

const [playwright, executablePath, out, ...files] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(playwright);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const LOOKS = { light: { colorScheme: 'light' }, dark: { colorScheme: 'dark' }, print: { media: 'print' } };

// What a page is, asked of its elements. Runs in the page.
const facts = () => {
  const luminance = ([r, g, b]) => {
    const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const colour = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    return text.startsWith('rgb') ? { rgb: [r, g, b], a } : { rgb: [0, 0, 0], a: 0 };
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const own = colour(getComputedStyle(at).backgroundColor);
      if (own.a > 0.99) return own.rgb;
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const box = element.getBoundingClientRect();
    if (!own || element.closest('svg, .skip') || !box.width) continue;
    const [a, b] = [luminance(colour(getComputedStyle(element).color).rgb), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) pale.push(`${element.tagName} ${element.textContent.trim().slice(0, 40)}: ${contrast.toFixed(1)}`);
  }
  const count = (query) => document.querySelectorAll(query).length;
  // A text of a picture that is wider than the box around it, or that lies over another one.
  const texts = [...document.querySelectorAll('svg text')].map((text) => [text, text.getBoundingClientRect()]);
  const over = [];
  for (const [at, [one, a]] of texts.entries()) {
    for (const [other, b] of texts.slice(at + 1)) {
      const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (w > 2 && h > 4) over.push(`${one.textContent} / ${other.textContent}`);
    }
  }
  // Words that spill over the border of their box, boxes that touch, arrows that go through one.
  const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
  const nodes = [...document.querySelectorAll('svg.graph .node:has(title)')].map((g) => [g, g.querySelector('rect').getBoundingClientRect()]);
  const spilled = nodes.flatMap(([g, box]) =>
    [...g.querySelectorAll('text')].filter((t) => !inside(t.getBoundingClientRect(), box)).map((t) => t.textContent));
  const touching = nodes.flatMap(([g, a], at) => nodes.slice(at + 1)
    .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0)
    .map(([h]) => `${g.textContent} / ${h.textContent}`));
  const labels = [...document.querySelectorAll('svg.graph .call text')].map((t) => [t, t.getBoundingClientRect()]);
  const crossed = [];
  for (const arrow of document.querySelectorAll('svg.graph .arrow')) {
    const [length, to] = [arrow.getTotalLength(), arrow.getScreenCTM()];
    for (let at = 4; at < length - 4; at += 5) {
      const { x, y } = arrow.getPointAtLength(at).matrixTransform(to);
      const hit = [...nodes, ...labels].find(([, b]) => x > b.left + 2 && x < b.right - 2 && y > b.top + 2 && y < b.bottom - 2);
      if (hit) { crossed.push(hit[0].textContent); break; }
    }
  }
  return {
    spilled, touching, crossed, nodes: nodes.length, arrows: document.querySelectorAll('svg.graph .arrow').length,
    title: document.title, lang: document.documentElement.lang, scripts: document.scripts.length,
    headings: [...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1])),
    tables: count('table'), captions: count('table > caption'), heads: count('tbody > tr > th[scope=row]'),
    rows: count('tbody > tr'), pictures: count('figure svg[role=img]'), named: count('figure svg[role=img][aria-label]'),
    pale, over, wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    links: [...document.querySelectorAll('a')].map((a) => a.getAttribute('href')),
    broken: [...document.querySelectorAll('a[href^="#"]')].filter((a) => !document.querySelector(a.hash)).length,
    own: document.querySelector('#own')?.naturalWidth, text: document.body.innerText,
  };
};

// How many colours a screenshot has and how bright it is. Runs in an empty page.
const pixels = async (png) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  const draw = canvas.getContext('2d');
  draw.drawImage(image, 0, 0);
  const { data } = draw.getImageData(0, 0, image.width, image.height);
  const colours = new Set();
  let sum = 0;
  let seen = 0;
  for (let at = 0; at < data.length; at += 4 * 7) {
    colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    sum += data[at] + data[at + 1] + data[at + 2];
    seen += 3;
  }
  return { width: image.width, height: image.height, colours: colours.size, brightness: sum / seen / 255 };
};

const blank = await browser.newPage();
for (const file of files) {
  const url = pathToFileURL(file).href;
  // A picture by itself has one look.
  const looks = Object.entries(LOOKS).slice(0, file.endsWith('.svg') ? 1 : undefined);
  for (const [look, { colorScheme = 'light', media }] of looks) {
    // A sheet of paper is narrower than a screen.
    const viewport = { width: media ? 720 : 1280, height: 900 };
    const context = await browser.newContext({ colorScheme, viewport, javaScriptEnabled: false });
    const page = await context.newPage();
    const [asked, said] = [[], []];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    if (media) await page.emulateMedia({ media });
    if (file.endsWith('.svg')) {
      // As a page holds it, and once more as a file of its own, which must be well-formed.
      const text = readFileSync(file, 'utf8');
      const own = `<img id="own" alt="" style="display:none" src="data:image/svg+xml;base64,${Buffer.from(text).toString('base64')}">`;
      await page.setContent(`<!doctype html><html lang="en"><title>${basename(file)}</title><body style="margin:0">${text}${own}`);
    } else {
      await page.goto(url);
    }
    const png = await page.screenshot({ fullPage: true, path: `${out}/${basename(file)}.${look}.png` });
    const told = await page.evaluate(facts);
    if (media) await page.pdf({ path: `${out}/${basename(file)}.pdf`, preferCSSPageSize: true });
    const strange = asked.filter((one) => one !== url && !one.startsWith('data:'));
    const seen = await blank.evaluate(pixels, png.toString('base64'));
    console.log(JSON.stringify({ file: basename(file), look, strange, said, ...seen, ...told }));
    await context.close();
  }
}
await browser.close();
