/** Builders of panels for all dashboards: each panel has a description, a unit and the chosen data source. */
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

/** A panel that has no id yet. */
export type PanelInRow = { id(id: number): { build(): Panel } };

export type Query = { readonly expr: string; readonly legend?: string };

type PanelOptions = {
  readonly title: string;
  /** The meaning of the panel in plain English. */
  readonly description: string;
  /** A unit of Grafana: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
  readonly unit: string;
  /** In columns; the panels of a row fill 24 columns. */
  readonly width: number;
  readonly queries: readonly Query[];
  readonly decimals?: number;
};

/** The methods that the builders of all kinds of panels share. */
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

function configure<Builder extends AnyBuilder>(
  panel: Builder,
  options: PanelOptions,
  height: number,
  read: Read,
): Builder {
  panel.title(options.title);
  panel.description(options.description);
  panel.unit(options.unit);
  panel.datasource(DATASOURCE);
  panel.span(options.width);
  panel.height(height);
  if (options.decimals !== undefined) panel.decimals(options.decimals);
  for (const [index, query] of options.queries.entries()) panel.withTarget(target(query, refIdOf(index), read));
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

/** Colours by value: the first colour is for all values below the first step. */
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

/** One number: the current value. */
export function stat(
  options: PanelOptions & { readonly steps?: Steps; readonly noValue?: string; readonly every?: string },
): PanelInRow {
  const panel = configure(new StatBuilder(), options, 4, 'instant')
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .graphMode(BigValueGraphMode.None)
    .colorMode(options.steps === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
    .thresholds(thresholds(options.steps ?? ['text']));
  if (options.noValue !== undefined) panel.noValue(options.noValue);
  return options.every === undefined ? panel : panel.interval(options.every);
}

type Graph = PanelOptions & {
  readonly stacked?: boolean;
  readonly colors?: Readonly<Record<string, string>>;
  readonly legend?: 'right' | 'below';
  readonly height?: number;
  /** Whether the axis begins at 0; true if left out. */
  readonly fromZero?: boolean;
};

/** Lines over time. The legend shows the last value of each line. */
export function graph(options: Graph): PanelInRow {
  const right = options.legend === 'right';
  const panel = configure(new TimeseriesBuilder(), options, options.height ?? 8, 'range')
    .showPoints(VisibilityMode.Never)
    .lineWidth(1)
    .fillOpacity(options.stacked === true ? 60 : 10)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(right ? LegendDisplayMode.Table : LegendDisplayMode.List)
        .placement(right ? LegendPlacement.Right : LegendPlacement.Bottom)
        .calcs(['lastNotNull']),
    );
  if (options.fromZero !== false) panel.min(0);
  if (options.stacked === true) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  return colored(panel, options.colors ?? {});
}

/** Counts per interval `every`. A bar ends at the end of its interval. */
export function bars(options: Graph & { readonly every?: string }): PanelInRow {
  const panel = configure(new TimeseriesBuilder(), options, options.height ?? 8, 'range')
    .min(0)
    .drawStyle(GraphDrawStyle.Bars)
    .barAlignment(BarAlignment.Before)
    .fillOpacity(80)
    .lineWidth(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(new VizLegendOptionsBuilder().showLegend(true).placement(LegendPlacement.Bottom).calcs(['sum']));
  if (options.every !== undefined) panel.interval(options.every);
  return colored(panel, options.colors ?? {});
}

/** Several numbers side by side: the current values. */
export function gauges(options: PanelOptions & { readonly colors: Readonly<Record<string, string>> }): PanelInRow {
  const panel = configure(new BarGaugeBuilder(), options, 8, 'instant')
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .orientation(VizOrientation.Horizontal)
    .min(0);
  return colored(panel, options.colors);
}

/** Numbers that are shown as words. */
export type Words = readonly { readonly value: number; readonly text: string; readonly color: string }[];

function mapped(words: Words): ValueMapping[] {
  const options = words.map(({ value, text, color }, index) => [`${value}`, { text, color, index }]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}

/** States over time: one row for each query, with its own words. */
export function timeline(options: PanelOptions & { readonly words: readonly Words[] }): PanelInRow {
  const panel = configure(new StateTimelineBuilder(), options, 6, 'range')
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .legend(new VizLegendOptionsBuilder().showLegend(false));
  for (const [index, words] of options.words.entries()) {
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
  /** Colours of the words in the column. */
  readonly colors?: Readonly<Record<string, string>>;
  /** The targets of a click on a cell. */
  readonly links?: readonly { readonly title: string; readonly url: string; readonly targetBlank: boolean }[];
};

type Table = PanelOptions & {
  readonly columns: readonly Column[];
  readonly sortBy: string;
  readonly descending?: boolean;
  readonly height?: number;
};

/** One row for each set of labels, with the values of all queries. Fields without a column are hidden. */
export function table(options: Table): PanelInRow {
  const { columns, queries } = options;
  const fieldOf = (query: number) => (queries.length === 1 ? 'Value' : `Value #${refIdOf(query)}`);
  const fields = columns.map(({ of }) => (typeof of === 'string' ? of : fieldOf(of)));
  const hidden = [...FIELDS, ...queries.map((_, query) => fieldOf(query))].filter((field) => !fields.includes(field));
  const panel = configure(new TableBuilder(), options, options.height ?? 10, 'table')
    .sortBy([new TableSortByFieldStateBuilder().displayName(options.sortBy).desc(options.descending ?? false)])
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

/** All fields that the result of a query can have in addition to its values. */
const FIELDS = 'Time __name__ job instance device plant product release condition severity end'.split(' ');

function propertiesOf({ unit, decimals, steps, colors, links }: Column): DynamicConfigValue[] {
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
  if (links !== undefined) properties.push({ id: 'links', value: links });
  return properties;
}

const COLORED_TEXT = { type: TableCellDisplayMode.ColorText };
const COLORED_CELL = { type: TableCellDisplayMode.ColorBackground, mode: TableCellBackgroundDisplayMode.Basic };
