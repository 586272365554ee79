"""Examples of answers that are not JSON, by their media type."""

HEAD = """\
# location: paris (Paris)
# zone: Europe/Paris
# period: 2026-02-28T23:00:00Z to 2026-03-01T23:00:00Z, excluded
# attribution: open-meteo: Air quality data by Open-Meteo.com
# as_of: 2026-03-02T06:00:00Z
"""
SERIES_CSV = {
    "text/csv": HEAD
    + """\
valid_from,pollutant,value,unit,provider,origin,quality,fetched_at
2026-02-28T23:00:00Z,pm2_5,9.1,ug/m3,open-meteo,modelled,,2026-02-28T23:00:00.783Z
"""
}
HOURLY_CSV = {
    "text/csv": HEAD
    + """\
hour,pollutant,mean,min,max,max_at,p50,p95,n,expected,coverage,eaqi_2024,unit,provider,origin
2026-02-28T23:00:00Z,pm2_5,9.1,9.1,9.1,2026-02-28T23:00:00Z,9.1,9.1,1,1,1.0,2,ug/m3,open-meteo,modelled
"""
}
DAILY_CSV = {
    "text/csv": HEAD
    + """\
date,zone,status,pollutant,mean,min,max,max_hour,median,p95,max_8h_eu,max_8h_us,hours_valid,hours_expected,coverage,us_epa_2024,unit,provider,origin,revision
2026-03-01,Europe/Paris,final,pm2_5,9.1,9.1,9.1,2026-02-28T23:00:00Z,9.1,9.1,,,24,24,1.0,51,ug/m3,open-meteo,modelled,0
"""
}
REPORT_FORMS = {
    "text/csv": """\
location,date,zone,status,pollutant,unit,mean,min,max,max_hour,median,p95,max_8h_eu,max_8h_us,hours_valid,hours_expected,coverage,us_epa_2024,eaqi_2024,revision,provider,origin,attribution,as_of
paris,2026-03-01,Europe/Paris,final,pm2_5,ug/m3,9.1000,9.1000,9.1000,2026-02-28T23:00:00Z,9.1000,9.1000,,,24,24,1.0,51,2,0,open-meteo,modelled,Open-Meteo,2026-03-02T06:00:00Z
""",
    "text/html": '<!doctype html>\n<html lang="en">...</html>\n',
}
REPORTS_FORMS = {
    "text/csv": """\
date,location,name,zone,status,us_epa_2024,category,main_pollutant,eaqi_2024,exceedances,href
2026-03-01,paris,Paris,Europe/Paris,final,51,Moderate,pm2_5,2,0,/air/locations/paris/reports/2026-03-01
""",
    "text/html": '<!doctype html>\n<html lang="en">...</html>\n',
}
CHART = {"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg">...</svg>'}
METRICS = {
    "text/plain": """\
# HELP airq_queue_waiting Messages that wait.
# TYPE airq_queue_waiting gauge
airq_queue_waiting{queue="data-fetch"} 0
"""
}
