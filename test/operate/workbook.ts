import { zipOf } from '../zip.ts';

const MAIN_XML =
  '<workbook xmlns:r="x"><sheets><sheet name="Switches" r:id="rId7"/><sheet name="Old &amp; gone" r:id="rId8"/></sheets></workbook>';
const RELS = '<Relationships><Relationship Id="rId7" Target="worksheets/sheet3.xml"/></Relationships>';
/** A workbook of Excel with two sheets, of which this is the first. `strings`: those that cells refer to. */
export const book = (sheet: string, strings = '') =>
  zipOf({
    '[Content_Types].xml': '<Types/>',
    'xl/workbook.xml': MAIN_XML,
    'xl/_rels/workbook.xml.rels': RELS,
    'xl/sharedStrings.xml': `<sst>${strings}</sst>`,
    'xl/worksheets/sheet3.xml': `<worksheet><sheetData>${sheet}</sheetData></worksheet>`,
  });
