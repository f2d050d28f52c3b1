/** Panels as all dashboards have them: described, with a unit, on the chosen data source. */
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarAlignment,
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  MappingType,
  type Panel,
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { DATASOURCE } from './variables.ts';

/** A panel that has no number yet. */
export type PanelInRow = { id(id: number): { build(): Panel } };

export type Query = { readonly expr: string; readonly legend?: string };

type Said = {
  readonly title: string;
  /** What it means, in plain words. */
  readonly description: string;
  /** One of Grafana's: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
  readonly unit: string;
  /** Of 24 columns; the panels of a row fill them. */
  readonly width: number;
  readonly queries: readonly Query[];
  readonly decimals?: number;
};

/** What the builders of all kinds of panels have in common. */
type AnyBuilder = {
  title(title: string): unknown;
  description(description: string): unknown;
  unit(unit: string): unknown;
  decimals(decimals: number): unknown;
  datasource(datasource: DataSourceRef): unknown;
  span(width: number): unknown;
  height(height: number): unknown;
  withTarget(target: DataqueryBuilder): unknown;
  overrideByName(name: string, properties: DynamicConfigValue[]): unknown;
};

type Read = 'range' | 'instant' | 'table';

function say<Builder extends AnyBuilder>(panel: Builder, said: Said, height: number, read: Read): Builder {
  panel.title(said.title);
  panel.description(said.description);
  panel.unit(said.unit);
  panel.datasource(DATASOURCE);
  panel.span(said.width);
  panel.height(height);
  if (said.decimals !== undefined) panel.decimals(said.decimals);
  for (const [index, query] of said.queries.entries()) panel.withTarget(target(query, refIdOf(index), read));
  return panel;
}

function refIdOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

function target({ expr, legend }: Query, refId: string, read: Read): DataqueryBuilder {
  const built = new DataqueryBuilder().refId(refId).datasource(DATASOURCE).expr(expr);
  if (legend !== undefined) built.legendFormat(legend);
  if (read === 'range') return built.range();
  return read === 'table' ? built.instant().format(PromQueryFormat.Table) : built.instant();
}

/** Colours by value: the first is that of everything below the second's value. */
export type Steps = readonly [string, ...(readonly [number, string])[]];

export function thresholds([base, ...rest]: Steps): ThresholdsConfigBuilder {
  const steps = [{ value: null, color: base }, ...rest.map(([value, color]) => ({ value, color }))];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

function colored<Builder extends AnyBuilder>(panel: Builder, colors: Readonly<Record<string, string>>): Builder {
  for (const [name, fixedColor] of Object.entries(colors)) {
    panel.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor } }]);
  }
  return panel;
}

/** One number, as it is now. */
export function stat(
  said: Said & { readonly steps?: Steps; readonly noValue?: string; readonly every?: string },
): PanelInRow {
  const panel = say(new StatBuilder(), said, 4, 'instant')
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .graphMode(BigValueGraphMode.None)
    .colorMode(said.steps === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
    .thresholds(thresholds(said.steps ?? ['text']));
  if (said.noValue !== undefined) panel.noValue(said.noValue);
  return said.every === undefined ? panel : panel.interval(said.every);
}

type Graph = Said & {
  readonly stacked?: boolean;
  readonly colors?: Readonly<Record<string, string>>;
  readonly legend?: 'right' | 'below';
  readonly height?: number;
  /** Whether its axis begins at 0, as it does unless said otherwise. */
  readonly fromZero?: boolean;
};

/** How something went. Its legend has the last value of each line. */
export function graph(said: Graph): PanelInRow {
  const right = said.legend === 'right';
  const panel = say(new TimeseriesBuilder(), said, said.height ?? 8, 'range')
    .showPoints(VisibilityMode.Never)
    .lineWidth(1)
    .fillOpacity(said.stacked === true ? 60 : 10)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(right ? LegendDisplayMode.Table : LegendDisplayMode.List)
        .placement(right ? LegendPlacement.Right : LegendPlacement.Bottom)
        .calcs(['lastNotNull']),
    );
  if (said.fromZero !== false) panel.min(0);
  if (said.stacked === true) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  return colored(panel, said.colors ?? {});
}

/** Counted per so long: a bar ends where it was counted. */
export function bars(said: Graph & { readonly every?: string }): PanelInRow {
  const panel = say(new TimeseriesBuilder(), said, said.height ?? 8, 'range')
    .min(0)
    .drawStyle(GraphDrawStyle.Bars)
    .barAlignment(BarAlignment.Before)
    .fillOpacity(80)
    .lineWidth(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(new VizLegendOptionsBuilder().showLegend(true).placement(LegendPlacement.Bottom).calcs(['sum']));
  if (said.every !== undefined) panel.interval(said.every);
  return colored(panel, said.colors ?? {});
}

/** Several numbers side by side, as they are now. */
export function gauges(said: Said & { readonly colors: Readonly<Record<string, string>> }): PanelInRow {
  const panel = say(new BarGaugeBuilder(), said, 8, 'instant')
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .orientation(VizOrientation.Horizontal)
    .min(0);
  return colored(panel, said.colors);
}

/** A number that stands for a word. */
export type Words = readonly { readonly value: number; readonly text: string; readonly color: string }[];

function mapped(words: Words): ValueMapping[] {
  const options = words.map(({ value, text, color }, index) => [`${value}`, { text, color, index }]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}

/** What something was at which time: one row for each query, with words of its own. */
export function timeline(said: Said & { readonly words: readonly Words[] }): PanelInRow {
  const panel = say(new StateTimelineBuilder(), said, 6, 'range')
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .legend(new VizLegendOptionsBuilder().showLegend(false));
  for (const [index, words] of said.words.entries()) {
    panel.overrideByQuery(refIdOf(index), [{ id: 'mappings', value: mapped(words) }]);
  }
  return panel;
}

/** A column: a label by its name, or the value of a query by its number. */
export type Column = {
  readonly of: string | number;
  readonly title: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly steps?: Steps;
  /** Colours of the words in it. */
  readonly colors?: Readonly<Record<string, string>>;
  /** Where a click leads. */
  readonly link?: { readonly title: string; readonly url: string };
};

type Listed = Said & {
  readonly columns: readonly Column[];
  readonly sortBy: string;
  readonly descending?: boolean;
  readonly height?: number;
};

/** One row for each set of labels, with the values of all queries; what has no column is not shown. */
export function table(said: Listed): PanelInRow {
  const { columns, queries } = said;
  const fieldOf = (query: number) => (queries.length === 1 ? 'Value' : `Value #${refIdOf(query)}`);
  const fields = columns.map(({ of }) => (typeof of === 'string' ? of : fieldOf(of)));
  const hidden = [...FIELDS, ...queries.map((_, query) => fieldOf(query))].filter((field) => !fields.includes(field));
  const panel = say(new TableBuilder(), said, said.height ?? 10, 'table')
    .sortBy([new TableSortByFieldStateBuilder().displayName(said.sortBy).desc(said.descending ?? false)])
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(hidden.map((field) => [field, true])),
        indexByName: Object.fromEntries(fields.map((field, index) => [field, index])),
        renameByName: Object.fromEntries(columns.map(({ title }, index) => [fields[index], title])),
      },
    });
  for (const column of columns) {
    const properties = propertiesOf(column);
    if (properties.length > 0) panel.overrideByName(column.title, properties);
  }
  return panel;
}

/** All that a table can be given beside the values. */
const FIELDS = 'Time __name__ job instance device plant product release condition severity end'.split(' ');

function propertiesOf({ unit, decimals, steps, colors, link }: Column): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [];
  if (unit !== undefined) properties.push({ id: 'unit', value: unit });
  if (decimals !== undefined) properties.push({ id: 'decimals', value: decimals });
  if (steps !== undefined) {
    const config: ThresholdsConfig = thresholds(steps).build();
    properties.push({ id: 'thresholds', value: config }, { id: 'custom.cellOptions', value: COLORED_TEXT });
  }
  if (colors !== undefined) {
    const options = Object.entries(colors).map(([word, color], index) => [word, { text: word, color, index }]);
    const mapping: ValueMapping = { type: MappingType.ValueToText, options: Object.fromEntries(options) };
    properties.push({ id: 'mappings', value: [mapping] }, { id: 'custom.cellOptions', value: COLORED_CELL });
  }
  if (link !== undefined) properties.push({ id: 'links', value: [{ ...link, targetBlank: false }] });
  return properties;
}

const COLORED_TEXT = { type: TableCellDisplayMode.ColorText };
const COLORED_CELL = { type: TableCellDisplayMode.ColorBackground, mode: TableCellBackgroundDisplayMode.Basic };
